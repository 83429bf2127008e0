package cuda

import (
	"strings"

	"cliplab/lab/tower"
)

// FLOP is how many floating-point operations the products and attentions of a training step take:
// forward once, backward twice. What the last block leaves away, as only one of its tokens goes
// on, is counted, as it is of other implementations.
func FLOP(c tower.Config, batch, textLength int) float64 {
	transformer := func(tokens, width, layers, hidden int) float64 {
		if hidden == 0 {
			hidden = 4 * width
		}
		t, w := float64(tokens), float64(width)
		return float64(layers) * (8*t*w*w + 4*t*w*float64(hidden) + 4*t*t*w)
	}
	d := float64(c.EmbedDim)
	image := transformer(1+c.Patches(), c.VisionWidth, c.VisionLayers, c.VisionMLP) +
		2*float64(c.Patches()*c.PatchPixels()*c.VisionWidth) + 2*float64(c.VisionWidth)*d
	text := transformer(textLength, c.TextWidth, c.TextLayers, c.TextMLP) +
		2*float64(c.TextWidth)*d
	b := float64(batch)
	return 3 * (b*(image+text) + 2*b*b*d)
}

// peaks are TFLOP/s of dense products by card, in fp32, tf32 and bf16: NVIDIA's data sheets of the
// A100 and H100 (SXM); an H200 calculates as an H100 does.
var peaks = []struct {
	card string
	peak [3]float64
}{{"A100", [3]float64{19.5, 156, 312}}, {"H100", [3]float64{67, 494.7, 989.4}},
	{"H200", [3]float64{67, 494.7, 989.4}}}

// Peak is what the card can do at most in a precision, in FLOP/s; 0 when that is not known.
func (g *GPU) Peak(p Precision) float64 {
	for _, known := range peaks {
		if strings.Contains(g.context.Info.Name, known.card) {
			return known.peak[p] * 1e12
		}
	}
	return 0
}

// InUse is how many bytes of the device the process holds.
func (g *GPU) InUse() uint64 { return g.context.InUse() }
