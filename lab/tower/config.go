package tower

import (
	"cmp"
	"fmt"
	"slices"
)

// Config is the shape of a CLIP. Its image tower is a vision transformer, or with VisionStages
// OpenAI's modified ResNet.
type Config struct {
	ImageSize     int // pixels a side
	PatchSize     int // 0 of a ResNet
	VisionWidth   int // of a ResNet: of its first stage
	VisionLayers  int // 0 of a ResNet
	VisionHeads   int // of a ResNet: of its attention pooling
	ContextLength int // tokens of a text, start and end included
	VocabSize     int
	TextWidth     int
	TextLayers    int
	TextHeads     int
	EmbedDim      int  // of the features of both towers
	ExactGELU     bool // x·Φ(x), as open_clip's own models; OpenAI's have QuickGELU

	VisionStages [4]int // bottlenecks of each stage of a ResNet; all 0 of a transformer
	VisionMLP    int    // hidden width of a block's MLP; 0 is 4·VisionWidth
	TextMLP      int    // 0 is 4·TextWidth

	Variant // what other models than OpenAI's have otherwise
}

// resNetStride is how many pixels a side one cell of a ResNet's last stage stands for.
const resNetStride = 32

// IsResNet tells whether the image tower is a ResNet.
func (c Config) IsResNet() bool { return c.VisionStages != [4]int{} }

// Grid is the number of patches a side; of a ResNet, the cells that its attention pools.
func (c Config) Grid() int {
	if c.IsResNet() {
		return c.ImageSize / resNetStride
	}
	return c.ImageSize / c.PatchSize
}

// Patches is the number of patches of a picture.
func (c Config) Patches() int { return c.Grid() * c.Grid() }

// poolWidth is the channels of a ResNet's last stage, the width of its attention pooling.
func (c Config) poolWidth() int { return 32 * c.VisionWidth }

// VisionHidden is the hidden width of the MLPs of the image tower.
func (c Config) VisionHidden() int { return cmp.Or(c.VisionMLP, 4*c.VisionWidth) }

// TextHidden is the hidden width of the MLPs of the text tower.
func (c Config) TextHidden() int { return cmp.Or(c.TextMLP, 4*c.TextWidth) }

// PatchPixels is the number of values of a patch, 3·patch².
func (c Config) PatchPixels() int { return 3 * c.PatchSize * c.PatchSize }

// Check says what is wrong with a configuration, if anything.
func (c Config) Check() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"ImageSize", c.ImageSize}, {"VisionWidth", c.VisionWidth},
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
	case c.VisionMLP < 0 || c.TextMLP < 0:
		return fmt.Errorf("tower: MLPs of width %d and %d", c.VisionMLP, c.TextMLP)
	case c.TextWidth%c.TextHeads != 0:
		return fmt.Errorf("tower: text width %d in %d heads", c.TextWidth, c.TextHeads)
	}
	if err := c.Variant.check(); err != nil {
		return err
	}
	switch {
	case c.IsResNet():
		return c.checkResNet()
	case c.PatchSize <= 0:
		return fmt.Errorf("tower: PatchSize is %d", c.PatchSize)
	case c.PatchSize > c.ImageSize:
		return fmt.Errorf("tower: patches of %d in pictures of %d", c.PatchSize, c.ImageSize)
	case c.VisionWidth%c.VisionHeads != 0:
		return fmt.Errorf("tower: vision width %d in %d heads", c.VisionWidth, c.VisionHeads)
	case c.ImagePool == PoolAttention && c.EmbedDim != c.VisionWidth:
		return fmt.Errorf("tower: features of %d numbers, but those of attention pooling have %d, the "+
			"width", c.EmbedDim, c.VisionWidth)
	case c.ImagePool == PoolAttention && !c.NoLnPre:
		return fmt.Errorf("tower: attention pooling goes with NoLnPre")
	}
	return nil
}

func (c Config) checkResNet() error {
	switch {
	case slices.Min(c.VisionStages[:]) < 1:
		return fmt.Errorf("tower: ResNet stages of %v bottlenecks; each needs one", c.VisionStages)
	case c.PatchSize != 0 || c.VisionLayers != 0 || c.VisionMLP != 0:
		return fmt.Errorf("tower: a ResNet with patches of %d, %d transformer layers, MLPs of %d; "+
			"all must be 0", c.PatchSize, c.VisionLayers, c.VisionMLP)
	case c.VisionLayerScale || c.ImagePool != PoolClass || c.NoLnPre || c.VisionTanh:
		return fmt.Errorf("tower: a ResNet has no layer scale, pooling, norm or GELU to choose")
	case c.ImageSize%resNetStride != 0:
		return fmt.Errorf("tower: ResNet pictures of %d pixels, no multiple of %d", c.ImageSize,
			resNetStride)
	case c.VisionWidth%2 != 0 || c.poolWidth()%c.VisionHeads != 0:
		return fmt.Errorf("tower: ResNet of width %d, attention pooling of width %d in %d heads",
			c.VisionWidth, c.poolWidth(), c.VisionHeads)
	}
	return nil
}
