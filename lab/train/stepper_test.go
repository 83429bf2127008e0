package train

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"cliplab/lab/graph"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// noisy is a configuration of two blocks a tower, parameters without zeros, and a batch of noise.
func noisy(change func(*Config)) (Config, map[string]*tensor.Tensor, *tensor.Tensor,
	*tensor.Tensor) {
	cfg := tiny(10)
	cfg.Tower.VisionLayers, cfg.Tower.TextLayers, cfg.Tower.VocabSize = 2, 2, 12
	change(&cfg)
	rng := rand.New(rand.NewPCG(4, 4))
	params := tower.Init(cfg.Tower, 1)
	for _, p := range tower.Params(cfg.Tower) {
		for i := range params[p.Name].Data {
			params[p.Name].Data[i] += float32(0.05 * rng.NormFloat64())
		}
	}
	images := tensor.New(cfg.Batch, 3, cfg.Tower.ImageSize, cfg.Tower.ImageSize)
	for i := range images.Data {
		images.Data[i] = float32(rng.NormFloat64())
	}
	tokens := tensor.New(cfg.Batch, cfg.TextLength)
	for i := range cfg.Batch {
		for j := range 2 + rng.IntN(3) {
			tokens.Row(i).Data[j] = float32(1 + rng.IntN(10))
			tokens.Row(i).Data[j+1] = 11
		}
	}
	return cfg, params, images, tokens
}

// gradientsOf are the gradients of one batch by parameter, and its loss.
func gradientsOf(t *testing.T, change func(*Config)) (map[string][]float32, float64) {
	t.Helper()
	cfg, params, images, tokens := noisy(change)
	s, err := NewStepper(cfg, params)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Gradients(images, tokens); err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for _, l := range s.Learning() {
		all[l.Name] = append([]float32(nil), l.Grad...)
	}
	return all, s.Losses().Mean()
}

// near compares gradients relative to each parameter's largest: sums in another order round
// otherwise, by some 1e-6 of it.
func near(t *testing.T, got, want map[string][]float32) {
	t.Helper()
	for name, g := range got {
		w, largest := want[name], 1e-6
		if len(w) != len(g) {
			t.Errorf("%s has %d gradients, want %d", name, len(g), len(w))
			continue
		}
		for _, x := range w {
			largest = max(largest, math.Abs(float64(x)))
		}
		for i, x := range g {
			if d := math.Abs(float64(x - w[i])); !(d <= 2e-5*largest) {
				t.Errorf("%s[%d]: gradient %v, want %v", name, i, x, w[i])
				break
			}
		}
	}
}

// Gradients of chunks are those of the whole batch, for both losses and with frozen towers.
// Gradients of a loss of each chunk alone are far away: the test would see them.
func TestChunksGiveTheGradientsOfTheWholeBatch(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"contrastive":   func(c *Config) {},
		"sigmoid":       func(c *Config) { c.Loss = Sigmoid },
		"frozen vision": func(c *Config) { c.Freeze = []string{"vision"} },
		"frozen text":   func(c *Config) { c.Freeze = []string{"text"} },
		"frozen names":  func(c *Config) { c.Freeze = []string{"visual.transformer.resblocks.0."} },
		"frozen both":   func(c *Config) { c.Freeze = []string{"text", "vision"} },
	} {
		t.Run(name, func(t *testing.T) {
			want, loss := gradientsOf(t, change)
			for _, chunk := range []int{1, 2, 4} {
				got, l := gradientsOf(t, func(c *Config) { change(c); c.Chunk = chunk })
				if len(got) != len(want) || math.Abs(l-loss) > 1e-6 {
					t.Errorf("chunks of %d: %d gradients and loss %v, want %d and %v", chunk, len(got), l,
						len(want), loss)
				}
				near(t, got, want)
			}
		})
	}
}

// What is not frozen has the same gradient as without freezing, and what is has none. Tower
// features that are computed apart change nothing.
func TestFreezeLeavesOtherGradients(t *testing.T) {
	all, _ := gradientsOf(t, func(*Config) {})
	for _, freeze := range [][]string{{"vision"}, {"text"}, {"logit_scale"}, {"visual.conv1"},
		{"visual.transformer.resblocks.0.", "token_embedding", "ln_final"},
		{"visual.positional_embedding", "visual.class_embedding", "visual.ln_pre"}} {
		got, _ := gradientsOf(t, func(c *Config) { c.Freeze = freeze })
		cfg := Config{Freeze: freeze}
		for name := range all {
			if _, ok := got[name]; ok == cfg.frozen(name) {
				t.Errorf("frozen %v: gradient of %s is there: %v", freeze, name, ok)
			}
		}
		near(t, got, all)
	}
}

// A frozen tower runs once for each picture that comes again.
func TestFrozenFeaturesAreComputedOnce(t *testing.T) {
	cfg, params, images, tokens := noisy(func(c *Config) { c.Freeze = []string{"vision", "text"} })
	s, err := NewStepper(cfg, params)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 5 {
		if _, err := s.Step(images, tokens, 1e-3); err != nil {
			t.Fatal(err)
		}
	}
	if s.image.runs != 1 || s.text.runs != 1 {
		t.Errorf("the image tower ran %d times, the text tower %d times", s.image.runs, s.text.runs)
	}
	if _, err := s.Step(images.Slice(0, 3), tokens, 1e-3); err == nil {
		t.Error("three pictures pass for a batch")
	}
}

// Lower blocks learn more slowly, by LayerDecay a block.
func TestLayerDecay(t *testing.T) {
	cfg := tiny(1)
	cfg.Tower.VisionLayers, cfg.Tower.TextLayers, cfg.LayerDecay = 12, 2, 0.5
	rate := cfg.rateOf()
	for name, want := range map[string]float64{
		"visual.proj": 1, "logit_scale": 1, "text_projection": 1, "ln_final.weight": 1,
		"visual.transformer.resblocks.11.ln_1.weight": 1, "transformer.resblocks.1.ln_1.bias": 1,
		"visual.transformer.resblocks.1.mlp.c_fc.weight": 1. / 1024,
		"transformer.resblocks.0.attn.in_proj_weight":    0.5, "token_embedding.weight": 0.25,
		"visual.conv1.weight": 1. / 4096,
	} {
		if got := rate(name); got != want {
			t.Errorf("rate of %s is %v, want %v", name, got, want)
		}
	}
}

// The loop that the lesson writes by hand, plain Gorgonia around the lab's ops, and Run give the
// same losses to the bit.
func TestCellAndRunAgree(t *testing.T) {
	cfg := tiny(12)
	_, want, err := Run(context.Background(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := start(cfg, eight{}) // for the same batches and the same start
	if err != nil {
		t.Fatal(err)
	}
	r.loader.start(cfg.Steps)
	defer r.loader.stop()
	params := r.stepper.Params()

	g := gorgonia.NewGraph()
	clip, err := graph.NewCLIPFrom(g, r.cfg.Tower, cfg.Batch, params,
		graph.Options{TextLength: cfg.TextLength})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gorgonia.Grad(clip.Loss, clip.Learnables()...); err != nil {
		t.Fatal(err)
	}
	vm, solver := gorgonia.NewTapeMachine(g), graph.NewAdamW()
	defer vm.Close()
	solver.MaxNorm = cfg.MaxNorm
	for step := range cfg.Steps {
		b := r.loader.next()
		if err := clip.SetBatch(b.images, b.tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		rate := LearningRate(step, cfg.Steps, cfg.Warmup, cfg.Rate)
		if err := solver.Step(clip.Learnables(), rate); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
		if got := clip.Losses().Mean(); got != want.Loss[step] {
			t.Fatalf("step %d: loss %v by hand, %v by Run", step, got, want.Loss[step])
		}
		r.loader.recycle(b)
	}
}

// Fine-tuning goes on from a model, with its vocabulary, and a frozen tower stays.
func TestFineTune(t *testing.T) {
	model, _, err := Run(context.Background(), tiny(60), eight{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := FineTune(model)
	cfg.Batch, cfg.Steps, cfg.TextLength, cfg.Freeze = 8, 5, 6, []string{"vision"}
	cfg.Augment = Augment{}
	tuned, history, err := Run(context.Background(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	if history.Loss[0] > 0.5 {
		t.Errorf("starts at a loss of %v", history.Loss[0])
	}
	for name, p := range model.Params() {
		changed := false
		for i, x := range p.Data {
			changed = changed || tuned.Params()[name].Data[i] != x
		}
		if frozen := strings.HasPrefix(name, "visual."); changed == frozen && name != "logit_scale" {
			t.Errorf("%s changed: %v", name, changed)
		}
	}
}
