package tower

import (
	"fmt"
	"math"
	"strings"

	"cliplab/lab/tensor"
)

// ConfigOf reads the shape of a model off its parameters. Heads cannot be seen: they are those of
// the published model of the same shape (Published), or else 64 wide. Activations, masks and
// pooling of texts cannot be seen either: they are SigLIP's of a model with attention pooling,
// CLIPA's of one without ln_pre, else OpenAI's, with QuickGELU.
//
// It looks at names and shapes, not at values. The error names a parameter that is missing, of a
// wrong shape, or of an architecture that this package does not have.
func ConfigOf(params map[string]*tensor.Tensor) (Config, error) {
	if err := foreign(params); err != nil {
		return Config{}, err
	}
	c := Config{Variant: variantOf(params)}
	dims := []dimsOf{
		{TokenEmbedding, []*int{&c.VocabSize, &c.TextWidth}},
		{PositionalEmbedding, []*int{&c.ContextLength, nil}},
		{TextProjection, []*int{nil, &c.EmbedDim}},
	}
	c.ExactGELU = c.NoLnPre
	resNet := params[PoolPositions] != nil
	if resNet {
		dims = append(dims, dimsOf{ConvWeight, []*int{&c.VisionWidth, nil, nil, nil}},
			dimsOf{PoolPositions, []*int{&c.ImageSize, nil}}) // 1 + grid², for now
	} else {
		dims = append(dims, dimsOf{ConvWeight, []*int{&c.VisionWidth, nil, &c.PatchSize, nil}},
			dimsOf{VisualPositions, []*int{&c.ImageSize, nil}})
	}
	for _, d := range dims {
		if err := d.read(params); err != nil {
			return Config{}, err
		}
	}
	if c.ImagePool == PoolAttention {
		c.ImageSize++ // a class token less
	}
	grid := int(math.Round(math.Sqrt(float64(c.ImageSize - 1))))
	if resNet {
		c.VisionWidth *= 2 // the stem starts with half of it
		c.ImageSize = grid * resNetStride
		for i := range c.VisionStages {
			c.VisionStages[i] = count(params, fmt.Sprintf("visual.layer%d.", i+1))
		}
		c.VisionHeads = max(1, c.poolWidth()/headWidth)
	} else {
		c.ImageSize = grid * c.PatchSize
		c.VisionLayers = count(params, "visual.transformer.resblocks.")
		c.VisionHeads = max(1, c.VisionWidth/headWidth)
		c.VisionMLP = hiddenOf(params, VisionBlock(0), c.VisionWidth)
	}
	c.TextLayers = count(params, "transformer.resblocks.")
	c.TextHeads = max(1, c.TextWidth/headWidth)
	c.TextMLP = hiddenOf(params, TextBlock(0), c.TextWidth)
	blocks := c.VisionLayers + c.TextLayers
	for _, n := range c.VisionStages {
		blocks += n
	}
	if blocks > len(params) { // a stray number in a name; Params would list them all
		return Config{}, fmt.Errorf("tower: names count %d blocks, but there are only %d parameters",
			blocks, len(params))
	}
	c = publishedHeads(c)
	if err := c.Check(); err != nil {
		return c, err
	}
	return c, CheckShapes(c, shapesOf(params))
}

// variantOf is what names alone tell, and what goes with it in the published models.
func variantOf(params map[string]*tensor.Tensor) Variant {
	has := func(name string) bool { return params[name] != nil }
	v := Variant{
		VisionLayerScale: has(VisionBlock(0).Scale1), TextLayerScale: has(TextBlock(0).Scale1),
		NoLnPre:  has(VisualPositions) && !has(lnPreGain),
		TextBias: has(TextProjectionBias),
	}
	switch {
	case has(LatentQuery):
		v.ImagePool, v.TextPool, v.NoMask = PoolAttention, PoolLast, true
		v.VisionTanh, v.TextTanh, v.NormEpsilon = true, true, sigLIPEpsilon
	case v.NoLnPre:
		v.ImagePool, v.TextPool, v.NoMask = PoolMean, PoolLast, true
	}
	return v
}

// sigLIPEpsilon is that of SigLIP's layer norms (big_vision, flax's default).
const sigLIPEpsilon = 1e-6

// headWidth is that of all models of OpenAI.
const headWidth = 64

// dimsOf is where the dimensions of a parameter go; nil is nowhere.
type dimsOf struct {
	name string
	dims []*int
}

func (d dimsOf) read(params map[string]*tensor.Tensor) error {
	t := params[d.name]
	if t == nil {
		return fmt.Errorf("tower: parameter %s is missing", d.name)
	}
	if len(t.Shape) != len(d.dims) {
		return fmt.Errorf("tower: parameter %s has shape %v", d.name, t.Shape)
	}
	for i, to := range d.dims {
		if to != nil {
			*to = t.Shape[i]
		}
	}
	return nil
}

// mostBlocks keeps sums of counts from running over.
const mostBlocks = 1 << 30

// count is one more than the largest number that follows prefix in the names.
func count(params map[string]*tensor.Tensor, prefix string) int {
	n := 0
	for name := range params {
		var i int
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if _, err := fmt.Sscanf(rest, "%d.", &i); err == nil && i < mostBlocks {
				n = max(n, i+1)
			}
		}
	}
	return n
}

// hiddenOf is the width of a block's MLP, 0 for the usual 4·width.
func hiddenOf(params map[string]*tensor.Tensor, b Block, width int) int {
	t := params[b.CFc+".weight"]
	if t == nil || len(t.Shape) != 2 || t.Shape[0] == 4*width {
		return 0
	}
	return t.Shape[0]
}

// foreign finds parameters that change what a tower computes in ways that are not built here.
func foreign(params map[string]*tensor.Tensor) error {
	for name := range params {
		for _, part := range []struct{ has, what string }{
			{"visual.trunk.", "an image tower of timm"},
			{"visual.attn_pool.ln_k.", "CoCa's pooling"},
			{"text.transformer.", "a text tower in open_clip's custom layout"},
			{"vision_model.", "names of Hugging Face; package lab/names turns them"},
		} {
			if strings.Contains(name, part.has) {
				return fmt.Errorf("tower: parameter %s belongs to %s, which is not built here", name,
					part.what)
			}
		}
	}
	return nil
}

// checkAll checks the configuration, and then the parameters by it.
func checkAll(c Config, params map[string]*tensor.Tensor) error {
	if err := c.Check(); err != nil {
		return err
	}
	return CheckParams(c, params)
}
