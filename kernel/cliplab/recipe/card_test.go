package recipe

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/tensor"
)

// What the score card says of the model that ships, each beside its null.
func TestScoreCardOfTheShippedModel(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for some seconds; run without -short")
	}
	model, err := lab.Load(context.Background(), lab.Shipped)
	if err != nil {
		t.Fatal(err)
	}
	score, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	c, err := cardOf(model, score)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", c)
	told, err := os.ReadFile(filepath.Join("..", "..", "..", "lab", "weights", "MODEL_CARD.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(c.String()), "\n") {
		if !strings.Contains(string(told), line) {
			t.Errorf("MODEL_CARD.md does not hold the line\n%s", line)
		}
	}
	for _, r := range append(c.Concepts, c.Everyday, c.Hundred, c.Shots.ZeroShot) {
		if r.Value <= r.High || r.Null <= 0 || r.High < r.Null {
			t.Errorf("%s: %.4f does not stand out from its null %.4f, %.4f", r.Name, r.Value, r.Null,
				r.High)
		}
	}
	if got := c.Concepts[0].Value; got != c.Top1 {
		t.Errorf("R@1 is %v and %v", got, c.Top1)
	}
	if c.Hat.Pairs < 30 || c.Hat.P >= 0.01 || c.Hat.Z < 3 {
		t.Errorf("hat probe of %d pairs: p %v, z %v", c.Hat.Pairs, c.Hat.P, c.Hat.Z)
	}
	for _, k := range c.Hat.Controls {
		if k.Less <= 0 || k.P >= 0.05 {
			t.Errorf("a hat is %+.3f nearer to its words than %s is, p %v", k.Less, k.Kind, k.P)
		}
	}
	first, last := c.Shots.Points[0], c.Shots.Points[len(c.Shots.Points)-1]
	if first.Shots != 1 || last.Shots != 16 || last.Mean <= first.Mean+first.Std {
		t.Errorf("few-shot curve goes from %v to %v", first, last)
	}
}

// A rate of answers that are drawn blindly is its null.
func TestRateOfNothing(t *testing.T) {
	answers := best(tensor.From([]float32{3, 1, 2, 1, 2, 3, 9, 0, 1}, 3, 3), 2)
	want := [][]int{{0, 2}, {2, 1}, {0, 2}}
	for i := range want {
		if answers[i][0] != want[i][0] || answers[i][1] != want[i][1] {
			t.Errorf("best of row %d are %v, want %v", i, answers[i], want[i])
		}
	}
	r := rate([][]int{{0}, {0}, {0}, {0}}, []int{0, 1, 2, 3}, 4)
	if r.Value != 0.25 || math.Abs(r.Null-0.25) > 1e-9 || r.High != 0.25 {
		t.Errorf("always answering the same gives %+v", r)
	}
}

// Holm's own procedure on four values.
func TestHolm(t *testing.T) {
	all := []ControlCard{{P: 0.01}, {P: 0.04}, {P: 0.03}, {P: 0.005}}
	holm(all)
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if math.Abs(all[i].P-want) > 1e-12 {
			t.Errorf("p %d is %v, want %v", i, all[i].P, want)
		}
	}
	if s := (HatCard{Controls: all}).String(); !strings.Contains(s, "0.0600 (Holm)") {
		t.Errorf("no corrected p in %s", s)
	}
}
