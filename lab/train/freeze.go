package train

import (
	"math"
	"slices"
	"strings"

	"cliplab/lab/graph"
	"cliplab/lab/tower"
)

// Names of whole towers in Config.Freeze.
const (
	frozenVision = "vision"
	frozenText   = "text"
)

// vision says whether a parameter belongs to the image tower.
func vision(name string) bool { return strings.HasPrefix(name, "visual.") }

// shared says whether a parameter belongs to neither tower.
func shared(name string) bool { return name == tower.LogitScale || name == graph.LogitBias }

// frozen says whether a parameter is not learned.
func (c Config) frozen(name string) bool {
	for _, f := range c.Freeze {
		switch f {
		case frozenVision:
			if vision(name) {
				return true
			}
		case frozenText:
			if !vision(name) && !shared(name) {
				return true
			}
		default:
			if strings.HasPrefix(name, f) {
				return true
			}
		}
	}
	return false
}

// sides are the towers that are frozen as a whole.
func (c Config) sides() (image, text graph.Side) {
	if slices.Contains(c.Freeze, frozenVision) {
		image = graph.Given
	}
	if slices.Contains(c.Freeze, frozenText) {
		text = graph.Given
	}
	return image, text
}

// batchStatistics says whether a picture's features depend on those beside it in the batch: a batch
// norm is learned, and takes the batch's statistics.
func (c Config) batchStatistics() bool {
	if !c.Tower.IsResNet() || c.RunningStatistics {
		return false
	}
	shape := c.Tower
	shape.VocabSize = max(1, shape.VocabSize)
	return slices.ContainsFunc(tower.Params(shape), func(p tower.Param) bool {
		norm, ok := strings.CutSuffix(p.Name, ".running_var")
		return ok && !c.frozen(norm+".weight")
	})
}

// rateOf is the factor of a parameter's learning rate: LayerDecay once for each block above it.
// What stands before the first block counts as one more block.
func (c Config) rateOf() func(name string) float64 {
	if c.LayerDecay == 0 || c.LayerDecay == 1 {
		return nil
	}
	depth := map[string]int{}
	for side, layers := range []int{c.Tower.VisionLayers, c.Tower.TextLayers} {
		block := []func(int) tower.Block{tower.VisionBlock, tower.TextBlock}[side]
		for i := range layers {
			prefix := strings.TrimSuffix(block(i).Ln1, "ln_1")
			depth[prefix] = layers - i - 1
		}
	}
	bottlenecks := tower.Bottlenecks(c.Tower)
	for i, b := range bottlenecks {
		depth[b.Name+"."] = len(bottlenecks) - i - 1
	}
	below := map[string]int{
		tower.ConvWeight: c.Tower.VisionLayers, tower.ClassEmbedding: c.Tower.VisionLayers,
		tower.VisualPositions: c.Tower.VisionLayers, tower.LnPre: c.Tower.VisionLayers,
		tower.TokenEmbedding: c.Tower.TextLayers, tower.PositionalEmbedding: c.Tower.TextLayers,
	}
	if c.Tower.IsResNet() { // the stem
		below = map[string]int{"visual.conv": len(bottlenecks), "visual.bn": len(bottlenecks),
			tower.TokenEmbedding: c.Tower.TextLayers, tower.PositionalEmbedding: c.Tower.TextLayers}
	}
	return func(name string) float64 {
		for _, table := range []map[string]int{depth, below} {
			for prefix, d := range table {
				if strings.HasPrefix(name, prefix) {
					return math.Pow(c.LayerDecay, float64(d))
				}
			}
		}
		return 1
	}
}
