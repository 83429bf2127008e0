package train

import (
	"fmt"
	"math"
	"slices"
)

// Warning is something about a run that its numbers alone do not say.
type Warning struct {
	Kind string // one of the constants below
	Step int    // from 1
	Text string
}

// String is the step and the text.
func (w Warning) String() string { return fmt.Sprintf("step %d: %s", w.Step, w.Text) }

// Kinds of warnings.
const (
	Duplicates = "duplicates" // captions of a batch that are the same
	Clamped    = "clamped"    // t at its clamp
	Collapsed  = "collapsed"  // t falling towards 0
	Alone      = "alone"      // a batch of one pair
	Stuck      = "stuck"      // the loss stays at chance
	Unwarmed   = "unwarmed"   // the warm-up does not end within the run
	Unseen     = "unseen"     // pixels outside all patches
	Cut        = "cut"        // captions longer than TextLength
)

// The texts of all warnings and of the stops, in one place.
const (
	textDuplicates = "of %d captions of a batch only %d differ, as in %q. The same text at two " +
		"pictures is a wrong answer that is right: no model gets the loss of this batch below " +
		"%.3f = mean ln m, m being how often a pair's caption occurs, and a loss that stays there " +
		"has learned all there is. Let Source.Batch draw captions that differ."
	textClamped = "t has been at its clamp ln 100 for %d steps: exp(t) would like to be larger " +
		"than 100. That is usual late in a long run on clean pairs; early, or on few pairs, it " +
		"means that the pairs are learned by heart: add pairs or augmentation."
	textCollapsed = "exp(t) has fallen to %.2f from %.2f. At a small scale even perfect features " +
		"cannot get the loss of a batch of %d below %.3f, so t falls only where the features tell " +
		"pairs apart worse than chance: the learning rate %.1e is too large, or pictures and " +
		"captions do not belong together."
	textAlone = "a batch of one pair has the loss 0 whatever the model does: there is no wrong " +
		"answer to tell the right one from. Every gradient is 0 and nothing is learned. Use a " +
		"batch of at least 2, better 64 or more."
	textStuck = "after %d steps the loss is still %.3f, and chance is %.3f = %s. Either the " +
		"learning rate %.1e is too small or far too large (try %.0e and %.0e), or pictures and " +
		"captions do not belong together: look at a batch of the source."
	textUnwarmed = "the warm-up of %d steps is longer than the run of %d: the learning rate never " +
		"gets to %.1e. Set Warmup to a tenth of Steps or less."
	textUnseen = "pictures of %d pixels are not a whole number of patches of %d: %d pixels on the " +
		"right and below are never seen."
	textCut = "%d of %d captions have more than TextLength = %d tokens and lose their ends, as %q: " +
		"what stands there is not learned."
	textStop = "train: step %d: %w; the model is that of step %d. Try a learning rate below " +
		"%.1e, a warm-up longer than %d steps, or MaxNorm 1 (it is %v)"
	textLost = "train: step %d: %w; the model is that of step %d. Where there is a checkpoint, " +
		"Resume goes on from it, also with Device \"cpu\""
	textDiverged = "train: step %d: the loss has risen from %.3f to %.3f, far above chance %.3f, " +
		"and does not come back: the run diverges. The model is that of step %d. Try a learning " +
		"rate below %.1e, a warm-up longer than %d steps, or MaxNorm 1 (it is %v)"
)

// How long something lasts before it is told.
const (
	clampedFor   = 50   // steps at the clamp
	collapsedTo  = 1.5  // exp(t); it starts at 14
	stuckAfter   = 300  // steps, or a fifth of the run if that is longer
	stuckAt      = 0.97 // share of chance
	divergedOver = 3.0  // times chance, on average over
	divergedFor  = 20   // steps
)

// watchdog looks at a run step by step. It says each kind of warning once.
type watchdog struct {
	cfg     Config
	clamped int // steps at the clamp in a row
	count   map[string]int
}

// foresee adds what the settings let expect before the first step.
//
//	tokens  of the captions, with start, end and padding of zeros
func (d *watchdog) foresee(h *History, captions []string, tokens [][]int) {
	c := d.cfg
	if c.Warmup > c.Steps {
		h.warn(Unwarmed, textUnwarmed, c.Warmup, c.Steps, c.Rate)
	}
	if p := c.Tower.PatchSize; p > 0 && c.Tower.ImageSize%p != 0 {
		h.warn(Unseen, textUnseen, c.Tower.ImageSize, p, c.Tower.ImageSize%p)
	}
	long, last := 0, 0
	for i, ids := range tokens {
		if len(ids) > c.TextLength && ids[c.TextLength] != 0 {
			long, last = long+1, i
		}
	}
	if long > 0 {
		h.warn(Cut, textCut, long, len(tokens), c.TextLength, captions[last])
	}
}

// watch adds what is new to the history after a step.
func (d *watchdog) watch(h *History, captions []string) {
	n := h.Steps()
	scale := h.LogitScale[n-1]
	if h.Batch == 1 && d.cfg.Loss == Contrastive {
		h.warn(Alone, textAlone)
	}
	if d.clamped++; scale < 100*(1-1e-6) {
		d.clamped = 0
	}
	if d.clamped >= clampedFor {
		h.warn(Clamped, textClamped, d.clamped)
	}
	if scale < collapsedTo && h.LogitScale[0] > 2*collapsedTo {
		h.warn(Collapsed, textCollapsed, scale, h.LogitScale[0], h.Batch, lowest(scale, h.Batch),
			d.cfg.Rate)
	}
	after := max(stuckAfter, d.cfg.Steps/5)
	if n >= after && n%10 == 0 && h.Batch > 1 && h.recent(50) > stuckAt*h.Chance() {
		h.warn(Stuck, textStuck, n, h.recent(50), h.Chance(), d.formula(), d.cfg.Rate, d.cfg.Rate/10,
			d.cfg.Rate*10)
	}
	if floor, distinct, twin := floorOf(captions, d.count); floor > 0 {
		h.warn(Duplicates, textDuplicates, len(captions), distinct, twin, floor)
	}
}

func (d *watchdog) formula() string {
	if d.cfg.Loss == Sigmoid {
		return "ln N + (N−1)·ln(N/(N−1))"
	}
	return fmt.Sprintf("ln %d", d.cfg.Batch)
}

// diverged says whether the loss has gone far above chance and stays there.
func (d *watchdog) diverged(h *History) bool {
	n, limit := h.Steps(), divergedOver*h.Chance()
	if n <= divergedFor || h.Batch < 2 || !(h.Loss[0] < limit) {
		return false
	}
	return slices.Min(h.Loss[n-divergedFor:]) > limit
}

// warn adds a warning unless there is one of its kind.
func (h *History) warn(kind, text string, values ...any) {
	if !slices.ContainsFunc(h.Warnings, func(w Warning) bool { return w.Kind == kind }) {
		h.Warnings = append(h.Warnings, Warning{kind, h.Steps(), fmt.Sprintf(text, values...)})
	}
}

// Floor is the least loss that a batch with these captions can have: the mean of ln m, where m
// is how often each pair's caption occurs. Pairs of the same caption cannot be told apart, so
// the best answer gives each of them 1/m. It also counts the different captions and names one
// that occurs more than once.
//
// Over batches of B pairs drawn from C captions it is E[ln m], m = 1 + Binomial(B−1, 1/C).
func Floor(captions []string) (floor float64, distinct int, twin string) {
	return floorOf(captions, map[string]int{})
}

// floorOf counts in a map that it clears first.
func floorOf(captions []string, count map[string]int) (floor float64, distinct int, twin string) {
	clear(count)
	for _, c := range captions {
		if count[c]++; count[c] == 2 && twin == "" {
			twin = c
		}
	}
	for _, c := range captions {
		floor += math.Log(float64(count[c])) / float64(len(captions))
	}
	return floor, len(count), twin
}

// lowest is the loss of perfect features at a scale: unit vectors as far apart as n can be,
// ln(1 + (n−1)·e^(−s·(1+1/(n−1)))).
func lowest(scale float64, n int) float64 {
	if n < 2 {
		return 0
	}
	others := float64(n - 1)
	return math.Log(1 + others*math.Exp(-scale*(1+1/others)))
}
