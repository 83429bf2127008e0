package train

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// History is what a run wrote down, one entry for each step.
type History struct {
	Batch      int
	Objective  Loss      // what Loss is
	Loss       []float64 // in nats
	LogitScale []float64 // exp(t) after the step
	Rate       []float64 // learning rate
	GradNorm   []float64 // length of the gradient, before shortening
	Warnings   []Warning // each kind once
	Elapsed    time.Duration
}

// Append adds the steps of a run that went on from this one.
func (h *History) Append(next *History) {
	if next == nil {
		return
	}
	steps := h.Steps()
	h.Batch, h.Objective = next.Batch, next.Objective
	h.Loss = append(h.Loss, next.Loss...)
	h.LogitScale = append(h.LogitScale, next.LogitScale...)
	h.Rate = append(h.Rate, next.Rate...)
	h.GradNorm = append(h.GradNorm, next.GradNorm...)
	for _, w := range next.Warnings {
		w.Step += steps
		h.Warnings = append(h.Warnings, w)
	}
	h.Elapsed += next.Elapsed
}

// snapshot shares the steps so far and does not grow with them: a picture is drawn from it
// later, perhaps while the next step is written down.
func (h *History) snapshot() *History {
	s := *h
	return &s
}

// Chance is the loss of a model that knows nothing about a batch of N: ln N of the contrastive
// loss, and ln N + (N−1)·ln(N/(N−1)) of the sigmoid loss, whose best constant answer is 1/N.
func (h *History) Chance() float64 { return chance(h.Objective, h.Batch) }

func chance(l Loss, batch int) float64 {
	n := float64(batch)
	if l == Sigmoid && n > 1 {
		return math.Log(n) + (n-1)*math.Log(n/(n-1))
	}
	return math.Log(n)
}

// Steps is how many steps were run.
func (h *History) Steps() int { return len(h.Loss) }

// PerSecond is how many pairs went through a step in a second, on average.
func (h *History) PerSecond() float64 {
	if h.Elapsed <= 0 {
		return 0
	}
	return float64(h.Steps()*h.Batch) / h.Elapsed.Seconds()
}

// Smoothed is the running mean of the loss over the last n steps at each step.
func (h *History) Smoothed(n int) []float64 {
	out := make([]float64, len(h.Loss))
	var sum float64
	for i, l := range h.Loss {
		sum += l
		if i >= n {
			sum -= h.Loss[i-n]
		}
		out[i] = sum / float64(min(i+1, n))
	}
	return out
}

// recent is the mean loss of the last n steps.
func (h *History) recent(n int) float64 {
	last, sum := h.Loss[max(0, len(h.Loss)-n):], 0.0
	for _, l := range last {
		sum += l
	}
	return sum / float64(len(last))
}

// String sums the run up: one line, and one for each warning.
func (h *History) String() string {
	if len(h.Loss) == 0 {
		return "train: no steps yet"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d steps of %d pairs in %.1f s: loss %.3f → %.3f, the mean of the last %d "+
		"(chance %.3f), exp(t) %.1f", len(h.Loss), h.Batch, h.Elapsed.Seconds(), h.Loss[0],
		h.recent(10), min(10, len(h.Loss)), h.Chance(), h.LogitScale[len(h.LogitScale)-1])
	for _, w := range h.Warnings {
		fmt.Fprintf(&b, "\n%s", w)
	}
	return b.String()
}

// note is what the progress bar says after a step.
func (h *History) note() string {
	n := h.Steps()
	return fmt.Sprintf("loss %.3f (chance %.3f), exp(t) %.1f, %.0f images/s", h.Loss[n-1], h.Chance(),
		h.LogitScale[n-1], h.PerSecond())
}

// TSV is the history as a table: step, loss, exp(t), learning rate, gradient.
func (h *History) TSV() string {
	var b strings.Builder
	b.WriteString("step\tloss\tlogit_scale\tlearning_rate\tgradient\n")
	for i := range h.Loss {
		fmt.Fprintf(&b, "%d\t%.6f\t%.4f\t%.3e\t%.4f\n", i, h.Loss[i], h.LogitScale[i], h.Rate[i],
			h.gradNorm(i))
	}
	return b.String()
}

func (h *History) gradNorm(i int) float64 {
	if i < len(h.GradNorm) {
		return h.GradNorm[i]
	}
	return math.NaN()
}
