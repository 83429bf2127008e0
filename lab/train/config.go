package train

import (
	"fmt"
	"strings"

	"cliplab/lab"
	"cliplab/lab/pixels"
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

	// Sines starts the places of patches as sines and cosines of row and column instead of at
	// random, so that neighbours are alike from the first step (He et al. 2022, MAE, section 4).
	Sines bool
	Seed  uint64

	// Loss is what is minimised: CLIP's contrastive loss, or SigLIP's.
	Loss Loss
	// Chunk is how many pairs are in memory at once; it divides Batch, and 0 is the whole batch.
	// The gradients are those of the whole batch (Gao et al. 2021, GradCache): one more forward
	// pass is the price. Batch norms, which take statistics of the whole batch, cannot: see
	// RunningStatistics.
	Chunk int
	// Freeze lists what is not learned: "vision" or "text" for a whole tower, whose features are
	// then computed once for each picture or caption that comes again unchanged (locked-image
	// tuning, Zhai et al. 2022, is "vision"), or beginnings of parameter names.
	Freeze []string
	// LayerDecay multiplies the learning rate once for each block below a tower's top, as for
	// fine-tuning; 0 and 1 are off. A ResNet's blocks are its bottlenecks.
	LayerDecay float64
	// RunningStatistics makes the batch norms of a ResNet take the running statistics that the
	// model came with, and keep them, instead of those of each batch: for fine-tuning on batches
	// that are small or unlike those of before, and for chunks. A norm whose gain is frozen always
	// does.
	RunningStatistics bool `json:",omitempty"`

	// From is a model to go on from, of the same tower, instead of random parameters. Tokens
	// that it never met start at random.
	From *lab.Model `json:"-"`

	// Checkpoint is a file that keeps the run: written every Every steps, when the run ends, and
	// when it is interrupted; "" keeps none. With Resume a run goes on from what is there, and
	// gives the losses that the uninterrupted one would have given.
	Checkpoint string `json:"-"`
	Every      int    `json:"-"`
	Resume     bool   `json:"-"`

	// Device is where the steps are computed: "cpu", which "" is too; "cuda", the first NVIDIA GPU,
	// or "cuda:1", another; "cuda:0,cuda:1" or "cuda:all", several, each with its share of the
	// batch; "auto", a GPU where there is one and else the CPU. The environment variable
	// CLIPLAB_DEVICE stands for all of them when it is set. lab.Devices() lists what there is. A run
	// may be resumed on another device.
	Device string `json:"-"`
	// Precision is how a GPU multiplies: "fp32", which "" is too and has the CPU's losses but for
	// rounding; "tf32" or "bf16", several times as fast. Weights and sums are fp32 in all.
	Precision string `json:"-"`

	// Title names the progress bar; "" is "training".
	Title string `json:"-"`
	// Draw gives a picture of the history so far, to be seen under the progress bar in a notebook
	// while the run goes on; nil is none. It is called every few seconds, and at the end.
	Draw func(*History) any `json:"-"`
	// Watch is called after each step; its error stops the run.
	Watch func(*History) error `json:"-"`
}

// Loss is what training minimises.
type Loss string

// The losses.
const (
	Contrastive Loss = ""        // CLIP: the mean of two cross-entropies
	Sigmoid     Loss = "sigmoid" // SigLIP: each pair of a batch is a question of yes or no
)

// Small is the recipe of the model that ships: a vision transformer of 5 layers on pictures
// of 64 × 64 and a text transformer of 2, both ending in 512 dimensions.
func Small() Config {
	return Config{
		Tower: tower.Config{
			ImageSize: 64, PatchSize: 8, VisionWidth: 128, VisionLayers: 5, VisionHeads: 4,
			ContextLength: 24, TextWidth: 128, TextLayers: 2, TextHeads: 2, EmbedDim: 512,
		},
		Batch: 128, Steps: 2500, Warmup: 200, Rate: 1e-3, WeightDecay: 0.2, MaxNorm: 1,
		TextLength: 20, Augment: DefaultAugment, Sines: true, Seed: 1,
	}
}

// FineTune is a recipe that goes on from a model: its own shape, a rate of a fiftieth of
// Small's that falls with depth, and no weight decay that would pull learned weights away.
func FineTune(m *lab.Model) Config {
	c := Small()
	c.Tower, c.From = m.Config, m
	c.TextLength = m.Config.ContextLength
	c.Steps, c.Warmup, c.Rate, c.WeightDecay, c.LayerDecay = 500, 50, 3e-5, 0, 0.75
	return c
}

// Check says which setting cannot be trained with, or why not on the device; a GPU's driver is
// opened for that. Nothing that takes time comes before it.
func (c Config) Check() error {
	switch {
	case c.Batch < 1:
		return fmt.Errorf("train: batch of %d; it needs a pair at least, and two to learn", c.Batch)
	case c.Steps < 1:
		return fmt.Errorf("train: %d steps; at least 1 is needed", c.Steps)
	case !(c.Rate > 0):
		return fmt.Errorf("train: learning rate is %v; it must be positive", c.Rate)
	case c.TextLength < 3 || c.TextLength > c.Tower.ContextLength:
		return fmt.Errorf("train: text length %d is not in 3..%d, the context length",
			c.TextLength, c.Tower.ContextLength)
	case c.Chunk < 0 || c.Chunk > 0 && c.Batch%c.Chunk != 0:
		return fmt.Errorf("train: chunks of %d do not divide a batch of %d", c.Chunk, c.Batch)
	case c.Loss != Contrastive && c.Loss != Sigmoid:
		return fmt.Errorf("train: there is no loss %q; there are %q and %q", c.Loss, Contrastive,
			Sigmoid)
	case c.LayerDecay < 0 || c.LayerDecay > 1:
		return fmt.Errorf("train: layer decay %v is not in 0..1", c.LayerDecay)
	case c.Resume && c.Checkpoint == "":
		return fmt.Errorf("train: nothing to resume from: Checkpoint is empty")
	case c.Every < 0:
		return fmt.Errorf("train: a checkpoint every %d steps; 0 is at the end only", c.Every)
	}
	if err := c.checkFrom(); err != nil {
		return err
	}
	if err := c.checkFreeze(); err != nil {
		return err
	}
	if c.Chunk > 0 && c.Chunk < c.Batch && c.batchStatistics() {
		return fmt.Errorf("train: chunks of %d in a batch of %d: the batch norms of a ResNet take their "+
			"statistics from the whole batch, of which only a chunk would be there: take Chunk 0, or "+
			"RunningStatistics, or Freeze %q", c.Chunk, c.Batch, frozenVision)
	}
	_, _, err := c.where()
	return err
}

// checkFrom refuses a model that reads other inputs than training makes: what it learns of them
// would be lost on those that it is given afterwards.
func (c Config) checkFrom() error {
	m := c.From
	switch {
	case m == nil:
	case m.OwnWords():
		return fmt.Errorf("train: From is %s, which has other words than CLIP's; only models with "+
			"CLIP's tokens are trained", m.Name)
	case m.Pixels.Mean != pixels.Mean || m.Pixels.Std != pixels.Std:
		return fmt.Errorf("train: From is %s, whose pictures are normalised by mean %v and deviation "+
			"%v; training does it by CLIP's, %v and %v", m.Name, m.Pixels.Mean, m.Pixels.Std, pixels.Mean,
			pixels.Std)
	}
	return nil
}

// checkFreeze finds what fits no parameter.
func (c Config) checkFreeze() error {
	shape := c.Tower
	shape.VocabSize = max(1, shape.VocabSize)
	for _, f := range c.Freeze {
		found := f == frozenVision || f == frozenText
		for _, p := range tower.Params(shape) {
			found = found || f != "" && strings.HasPrefix(p.Name, f)
		}
		if !found {
			return fmt.Errorf("train: nothing to freeze is called %q: it is no tower, %q or %q, and "+
				"begins no parameter's name, such as %q", f, frozenVision, frozenText,
				tower.VisionBlock(0).InWeight)
		}
	}
	return nil
}
