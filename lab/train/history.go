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
	Loss       []float64 // symmetric cross-entropy in nats
	LogitScale []float64 // exp(t) after the step
	Rate       []float64 // learning rate
	Elapsed    time.Duration
}

// Append adds the steps of a run that went on from this one.
func (h *History) Append(next *History) {
	if next == nil {
		return
	}
	h.Batch = next.Batch
	h.Loss = append(h.Loss, next.Loss...)
	h.LogitScale = append(h.LogitScale, next.LogitScale...)
	h.Rate = append(h.Rate, next.Rate...)
	h.Elapsed += next.Elapsed
}

// Chance is ln N, the loss of a model that knows nothing about a batch of N.
func (h *History) Chance() float64 { return math.Log(float64(h.Batch)) }

// Steps is how many steps were run.
func (h *History) Steps() int { return len(h.Loss) }

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

// String sums the run up in one line.
func (h *History) String() string {
	if len(h.Loss) == 0 {
		return "train: no steps yet"
	}
	last := h.Smoothed(10)[len(h.Loss)-1]
	return fmt.Sprintf("%d steps of %d pairs in %s: loss %.3f → %.3f (chance %.3f), exp(t) %.1f",
		len(h.Loss), h.Batch, h.Elapsed.Round(time.Second/10), h.Loss[0], last, h.Chance(),
		h.LogitScale[len(h.LogitScale)-1])
}

// TSV is the history as a table: step, loss, exp(t), learning rate.
func (h *History) TSV() string {
	var b strings.Builder
	b.WriteString("step\tloss\tlogit_scale\tlearning_rate\n")
	for i := range h.Loss {
		fmt.Fprintf(&b, "%d\t%.6f\t%.4f\t%.3e\n", i, h.Loss[i], h.LogitScale[i], h.Rate[i])
	}
	return b.String()
}
