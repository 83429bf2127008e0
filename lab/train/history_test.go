package train

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestHistoryShowsItself(t *testing.T) {
	h := &History{Batch: 4, Elapsed: 2 * time.Second}
	for i := range 100 {
		h.Loss, h.LogitScale = append(h.Loss, 1.5-0.01*float64(i)), append(h.LogitScale, 14.3)
		h.Rate, h.GradNorm = append(h.Rate, 1e-3), append(h.GradNorm, 0.5)
	}
	h.warn(Stuck, "a <b> of %d", 7)
	h.warn(Stuck, "once only")
	html := strings.ReplaceAll(h.MIMEBundle()["text/html"].(string), ` style="text-align:right"`, "")
	for _, want := range []string{"100 steps of 4 pairs in 2.0 s: loss", "step 100: a &lt;b&gt; of 7",
		"<td>1</td><td>1.5000</td><td>108 %</td>", "<td>100</td><td>0.5100</td>"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in %s", want, html)
		}
	}
	if n := strings.Count(html, "<tr>"); n != 1+tableRows || strings.Contains(html, "once only") {
		t.Errorf("%d rows, want %d and a head", n, tableRows)
	}
	if got := h.note(); got != "loss 0.510 (chance 1.386), exp(t) 14.3, 200 images/s" {
		t.Errorf("note %q", got)
	}
	if lines := strings.Split(h.TSV(), "\n"); lines[1] != "0\t1.500000\t14.3000\t1.000e-03\t0.5000" {
		t.Errorf("table begins %q", lines[1])
	}
	whole := &History{}
	whole.Append(h)
	whole.Append(h)
	if whole.Steps() != 200 || whole.Warnings[1].Step != 200 || whole.Elapsed != 4*time.Second {
		t.Errorf("two runs make %v with warnings at %v", whole.Steps(), whole.Warnings)
	}
}

// The sigmoid loss of a model that knows nothing is that of the best constant answer, 1/N:
// N·H(1/N) = −N·(1/N·ln(1/N) + (1−1/N)·ln(1−1/N)).
func TestChance(t *testing.T) {
	if got := chance(Contrastive, 64); math.Abs(got-math.Log(64)) > 1e-12 {
		t.Errorf("contrastive chance %v", got)
	}
	p := 1 / 64.
	want := -64 * (p*math.Log(p) + (1-p)*math.Log(1-p))
	if got := chance(Sigmoid, 64); math.Abs(got-want) > 1e-9 {
		t.Errorf("sigmoid chance %v, want %v", got, want)
	}
}
