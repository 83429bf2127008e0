package train

import (
	"fmt"

	"cliplab/lab"
	"cliplab/lab/tower"
)

// Config is a recipe: what is trained, for how long, and with which settings.
type Config struct {
	Tower       tower.Config // VocabSize is set by Run from the captions
	Batch       int          // pairs a step; each is a negative of all others
	Steps       int
	Warmup      int     // steps of linear growth of the learning rate
	Rate        float64 // largest learning rate
	WeightDecay float64 // on matrices only
	MaxNorm     float64 // longer gradients are shortened to this; 0 is off
	TextLength  int     // tokens of a caption, start and end included; longer ones are cut
	Augment     Augment
	Seed        uint64

	// From is a model to go on from, of the same tower, instead of random parameters. Tokens
	// that it never met start at random.
	From *lab.Model
}

// Small is the recipe of the model that ships: a vision transformer of 5 layers on pictures
// of 64 × 64 and a text transformer of 4, both ending in 512 dimensions.
func Small() Config {
	return Config{
		Tower: tower.Config{
			ImageSize: 64, PatchSize: 8, VisionWidth: 128, VisionLayers: 5, VisionHeads: 2,
			ContextLength: 24, TextWidth: 128, TextLayers: 4, TextHeads: 2, EmbedDim: 512,
		},
		Batch: 128, Steps: 6000, Warmup: 200, Rate: 1.5e-3, WeightDecay: 0.2, MaxNorm: 1,
		TextLength: 20, Augment: DefaultAugment, Seed: 1,
	}
}

// Check says which setting cannot be trained with.
func (c Config) Check() error {
	switch {
	case c.Batch < 2:
		return fmt.Errorf("train: batch of %d; contrastive training needs at least 2 pairs, "+
			"each is the other's wrong answer", c.Batch)
	case c.Steps < 1:
		return fmt.Errorf("train: %d steps; at least 1 is needed", c.Steps)
	case !(c.Rate > 0):
		return fmt.Errorf("train: learning rate is %v; it must be positive", c.Rate)
	case c.TextLength < 3 || c.TextLength > c.Tower.ContextLength:
		return fmt.Errorf("train: text length %d is not in 3..%d, the context length",
			c.TextLength, c.Tower.ContextLength)
	}
	return nil
}
