package tower

import (
	"fmt"
	"math"
	"strings"

	"cliplab/lab/tensor"
)

// Config is the shape of a CLIP whose image tower is a vision transformer.
type Config struct {
	ImageSize     int // pixels a side
	PatchSize     int
	VisionWidth   int
	VisionLayers  int
	VisionHeads   int
	ContextLength int // tokens of a text, start and end included
	VocabSize     int
	TextWidth     int
	TextLayers    int
	TextHeads     int
	EmbedDim      int  // of the features of both towers
	ExactGELU     bool // x·Φ(x), as open_clip's own models; OpenAI's have QuickGELU
}

// Grid is the number of patches a side.
func (c Config) Grid() int { return c.ImageSize / c.PatchSize }

// Patches is the number of patches of a picture.
func (c Config) Patches() int { return c.Grid() * c.Grid() }

// PatchPixels is the number of values of a patch, 3·patch².
func (c Config) PatchPixels() int { return 3 * c.PatchSize * c.PatchSize }

// Check says what is wrong with a configuration, if anything.
func (c Config) Check() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"ImageSize", c.ImageSize}, {"PatchSize", c.PatchSize}, {"VisionWidth", c.VisionWidth},
		{"VisionHeads", c.VisionHeads}, {"ContextLength", c.ContextLength},
		{"VocabSize", c.VocabSize}, {"TextWidth", c.TextWidth}, {"TextHeads", c.TextHeads},
		{"EmbedDim", c.EmbedDim}} {
		if f.value <= 0 {
			return fmt.Errorf("tower: %s is %d", f.name, f.value)
		}
	}
	switch {
	case c.VisionLayers < 0 || c.TextLayers < 0:
		return fmt.Errorf("tower: %d vision layers, %d text layers", c.VisionLayers, c.TextLayers)
	case c.PatchSize > c.ImageSize:
		return fmt.Errorf("tower: patches of %d in pictures of %d", c.PatchSize, c.ImageSize)
	case c.VisionWidth%c.VisionHeads != 0:
		return fmt.Errorf("tower: vision width %d in %d heads", c.VisionWidth, c.VisionHeads)
	case c.TextWidth%c.TextHeads != 0:
		return fmt.Errorf("tower: text width %d in %d heads", c.TextWidth, c.TextHeads)
	}
	return nil
}

// ConfigOf reads the shape of a model off its parameters. Heads are 64 wide in every published
// CLIP; ExactGELU cannot be seen and is false.
func ConfigOf(params map[string]*tensor.Tensor) (Config, error) {
	var c Config
	for _, need := range []struct {
		name string
		dims []*int
	}{
		{ConvWeight, []*int{&c.VisionWidth, nil, &c.PatchSize, nil}},
		{TokenEmbedding, []*int{&c.VocabSize, &c.TextWidth}},
		{PositionalEmbedding, []*int{&c.ContextLength, nil}},
		{TextProjection, []*int{nil, &c.EmbedDim}},
		{VisualPositions, []*int{&c.ImageSize, nil}}, // 1 + grid², for now
	} {
		t := params[need.name]
		if t == nil {
			return Config{}, fmt.Errorf("tower: parameter %s is missing", need.name)
		}
		if len(t.Shape) != len(need.dims) {
			return Config{}, fmt.Errorf("tower: parameter %s has shape %v", need.name, t.Shape)
		}
		for i, d := range need.dims {
			if d != nil {
				*d = t.Shape[i]
			}
		}
	}
	grid := int(math.Round(math.Sqrt(float64(c.ImageSize - 1))))
	c.ImageSize = grid * c.PatchSize
	c.VisionHeads, c.TextHeads = max(1, c.VisionWidth/64), max(1, c.TextWidth/64)
	c.VisionLayers, c.TextLayers = countBlocks(params, "visual."), countBlocks(params, "")
	return c, errorOr(c.Check(), CheckParams(c, params))
}

func countBlocks(params map[string]*tensor.Tensor, prefix string) int {
	n := 0
	for name := range params {
		var i int
		rest, ok := strings.CutPrefix(name, prefix+"transformer.resblocks.")
		if ok {
			if _, err := fmt.Sscanf(rest, "%d.", &i); err == nil {
				n = max(n, i+1)
			}
		}
	}
	return n
}

func errorOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
