package train

import (
	"context"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// provoke runs a recipe and gives its warnings by kind.
func provoke(t *testing.T, cfg Config, s Source) map[string]string {
	t.Helper()
	_, h, err := Run(context.Background(), cfg, s)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, w := range h.Warnings {
		if texts[w.Kind] != "" {
			t.Errorf("%s is said twice", w.Kind)
		}
		texts[w.Kind] = w.Text
	}
	return texts
}

// wants checks that there is one warning, of a kind, which says certain things.
func wants(t *testing.T, got map[string]string, kind string, say ...string) {
	t.Helper()
	if len(got) != 1 || got[kind] == "" {
		t.Fatalf("warnings %q, want %q alone", got, kind)
	}
	for _, s := range say {
		if !strings.Contains(got[kind], s) {
			t.Errorf("%q does not say %q", got[kind], s)
		}
	}
}

// A healthy run has no warnings.
func TestNoWarnings(t *testing.T) {
	if got := provoke(t, tiny(40), eight{}); len(got) > 0 {
		t.Errorf("warnings %q", got)
	}
}

// few is a source of n captions, drawn with repetition.
type few int

func (n few) Batch(size int, rng *rand.Rand) []Example {
	var batch []Example
	for range size {
		batch = append(batch, eight{}.Batch(8, rand.New(rand.NewPCG(0, 0)))[rng.IntN(int(n))])
	}
	return batch
}

func (few) Captions() []string { return colours }

func TestDuplicatesAreTold(t *testing.T) {
	cfg := tiny(300)
	cfg.Batch = 4
	_, h, err := Run(context.Background(), cfg, few(2))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, provoke(t, cfg, few(2)), Duplicates, "of 4 captions of a batch only 2 differ", "ln m")
	// The floor is real: E[ln m], m = 1 + Binomial(3, ½), is what the run comes down to.
	floor := 3./8*math.Log(2) + 3./8*math.Log(3) + 1./8*math.Log(4)
	if got := h.recent(150); math.Abs(got-floor) > 0.12 || got < floor-0.12 {
		t.Errorf("the loss comes to %.3f, the floor is %.3f", got, floor)
	}
}

// The table of the project's notes: the floor for batches of 64 from 16 captions is 1.511.
func TestFloor(t *testing.T) {
	rng, mean := rand.New(rand.NewPCG(1, 1)), 0.0
	for range 2000 {
		captions := make([]string, 64)
		for i := range captions {
			captions[i] = string(rune('a' + rng.IntN(16)))
		}
		floor, _, _ := Floor(captions)
		mean += floor / 2000
	}
	if math.Abs(mean-1.511) > 0.01 {
		t.Errorf("mean floor %.4f, want 1.511", mean)
	}
	floor, distinct, twin := Floor([]string{"a", "b", "b", "c"})
	if math.Abs(floor-math.Log(2)/2) > 1e-12 || distinct != 3 || twin != "b" {
		t.Errorf("floor %v of %d captions, twin %q", floor, distinct, twin)
	}
}

// Features that tell all pairs apart keep t at its clamp once it is there.
func TestClampIsTold(t *testing.T) {
	m, _, err := Run(context.Background(), tiny(200), eight{})
	if err != nil {
		t.Fatal(err)
	}
	m.Params()["logit_scale"].Data[0] = 4.7 // the first step clamps it
	cfg := tiny(200)
	cfg.From, cfg.Freeze, cfg.Rate = m, []string{"vision", "text"}, 0.3
	wants(t, provoke(t, cfg, eight{}), Clamped, "ln 100", "for 50 steps")
}

// unrelated shows every picture under any caption.
type unrelated struct{ eight }

func (unrelated) Batch(n int, rng *rand.Rand) []Example {
	batch := eight{}.Batch(n, rng)
	for i := range batch {
		grey := image.NewNRGBA(image.Rect(0, 0, 16, 16))
		for p := range 256 {
			grey.Set(p%16, p/16, color.Gray{uint8(rng.IntN(256))})
		}
		batch[i].Picture = grey
	}
	return batch
}

func TestChanceIsTold(t *testing.T) {
	cfg := tiny(320)
	cfg.Rate = 2e-2
	wants(t, provoke(t, cfg, unrelated{}), Stuck, "2.079 = ln 8", "2.0e-02", "2e-03")
}

// shifted shows each picture under its neighbour's caption.
type shifted struct{ eight }

func (shifted) Batch(n int, rng *rand.Rand) []Example {
	batch := eight{}.Batch(n, rng)
	first := batch[0].Caption
	for i := range n - 1 {
		batch[i].Caption = batch[i+1].Caption
	}
	batch[n-1].Caption = first
	return batch
}

// Features that tell pairs apart worse than chance, and do not change, drive t down to 0.
func TestCollapseIsTold(t *testing.T) {
	m, _, err := Run(context.Background(), tiny(60), eight{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := tiny(100)
	cfg.From, cfg.Freeze, cfg.Rate = m, []string{"vision", "text"}, 0.1
	wants(t, provoke(t, cfg, shifted{}), Collapsed, "exp(t) has fallen to 1.")
}

func TestBatchOfOneIsTold(t *testing.T) {
	cfg := tiny(3)
	cfg.Batch, cfg.Warmup = 1, 1
	_, h, err := Run(context.Background(), cfg, eight{})
	if err != nil || h.Loss[2] != 0 {
		t.Errorf("loss %v, %v", h.Loss, err)
	}
	wants(t, provoke(t, cfg, eight{}), Alone, "loss 0")
}

// A learning rate out of all bounds stops the run with advice, and the model is a good one.
func TestDivergenceStops(t *testing.T) {
	good, _, err := Run(context.Background(), tiny(60), eight{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{30, 1e30} {
		cfg := tiny(400)
		cfg.From, cfg.Warmup, cfg.Rate = good, 0, rate
		model, h, err := Run(context.Background(), cfg, eight{})
		if err == nil {
			t.Fatalf("rate %v: no error; %v", rate, h)
		}
		for _, say := range []string{"the model is that of step", "warm-up longer", "MaxNorm",
			"rate below"} {
			if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(say)) {
				t.Errorf("rate %v: %q does not say %q", rate, err, say)
			}
		}
		for name, p := range model.Params() {
			for i, x := range p.Data {
				if x != good.Params()[name].Data[i] {
					t.Fatalf("rate %v: %s[%d] is %v, want %v from before", rate, name, i, x,
						good.Params()[name].Data[i])
				}
			}
		}
		if h.Steps() > 100 {
			t.Errorf("rate %v: stopped only after %d steps", rate, h.Steps())
		}
	}
}

// What the settings let expect is told before the first step.
func TestSettingsAreTold(t *testing.T) {
	cfg := tiny(2)
	cfg.Tower.PatchSize, cfg.TextLength = 7, 3
	_, h, err := Run(context.Background(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, w := range h.Warnings {
		said[w.Kind] = w.Text
	}
	for kind, part := range map[string]string{Unwarmed: "5 steps is longer than the run of 2",
		Unseen: "16 pixels are not a whole number of patches of 7: 2 pixels", Cut: "TextLength = 3"} {
		if !strings.Contains(said[kind], part) {
			t.Errorf("%s says %q, want %q in it", kind, said[kind], part)
		}
	}
}

// broken is a source that fails in one of two ways.
type broken struct {
	eight
	picture bool
}

type brokenPicture struct{ image.Image }

func (brokenPicture) Bounds() image.Rectangle { panic("torn") }

func (b broken) Batch(n int, rng *rand.Rand) []Example {
	batch := b.eight.Batch(n, rng)
	if !b.picture {
		return batch[:n+1000]
	}
	batch[2].Picture = brokenPicture{}
	return batch
}

// A source that panics ends the run with an error, not the program.
func TestBrokenSource(t *testing.T) {
	for _, c := range []struct {
		source broken
		want   string
	}{{broken{}, "a batch of 8 from the source, of 8 captions: runtime error: slice bounds"},
		{broken{picture: true}, "the picture of example 2"}} {
		if _, _, err := Run(context.Background(), tiny(3), c.source); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}
