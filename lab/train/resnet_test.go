package train

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/tower"
)

// resNet makes a recipe one of a small ResNet.
func resNet(c *Config) {
	c.Tower.ImageSize, c.Tower.PatchSize, c.Tower.VisionLayers = 64, 0, 0
	c.Tower.VisionStages, c.Tower.VisionWidth, c.Tower.VisionHeads = [4]int{1, 2, 1, 1}, 4, 4
	c.Sines = false
}

// A ResNet learns from nothing, its running statistics move, and it can be saved, loaded, used for
// inference and tuned further.
func TestResNetRun(t *testing.T) {
	cfg := tiny(40)
	resNet(&cfg)
	cfg.Device = "auto" // which GPUs are not, for a ResNet
	model, history, err := Run(context.Background(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	if first, last := history.Loss[0], history.Loss[39]; !(last < 0.6 && first > 1.5) {
		t.Errorf("loss went from %v to %v", first, last)
	}
	norm := model.Params()["visual.bn1.running_mean"].Data
	if !slices.ContainsFunc(norm, func(x float32) bool { return x != 0 }) {
		t.Error("running statistics stayed where they began")
	}
	path := filepath.Join(t.TempDir(), "resnet.safetensors")
	if err := model.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	if model, err = lab.Load(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	tune := FineTune(model)
	tune.Batch, tune.Steps, tune.TextLength, tune.Augment = 8, 3, 6, Augment{}
	_, more, err := Run(context.Background(), tune, eight{})
	if err != nil || more.Loss[0] > 0.6 {
		t.Errorf("tuning starts at losses of %v, %v", more.Loss, err)
	}
	tune.RunningStatistics = true
	tuned, _, err := Run(context.Background(), tune, eight{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(tuned.Params()["visual.bn1.running_mean"].Data,
		model.Params()["visual.bn1.running_mean"].Data) {
		t.Error("RunningStatistics moved them")
	}
}

// Statistics move in Update alone, once a step, and not when a step fails.
func TestResNetStatisticsMoveOnce(t *testing.T) {
	cfg, params, images, tokens := noisy(resNet)
	s, err := NewStepper(cfg, params)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	running := params["visual.layer1.0.downsample.1.running_var"].Data
	before := slices.Clone(running)
	for range 3 {
		if err := s.Gradients(images, tokens); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(running, before) {
		t.Error("a forward pass moved running statistics")
	}
	if err := s.Update(1e-3); err != nil {
		t.Fatal(err)
	}
	moved := slices.Clone(running)
	if slices.Equal(moved, before) {
		t.Error("a step did not move running statistics")
	}
	images.Data[0] = float32(math.NaN())
	if _, err := s.Step(images, tokens, 1e-3); err == nil {
		t.Error("a step on NaN succeeds")
	}
	if !slices.Equal(running, moved) {
		t.Error("a step that failed moved running statistics")
	}
}

// With running statistics chunks have the gradients of the whole batch; with the batch's they are
// refused.
func TestResNetChunks(t *testing.T) {
	want, _ := gradientsOf(t, func(c *Config) { resNet(c); c.RunningStatistics = true })
	got, _ := gradientsOf(t, func(c *Config) { resNet(c); c.RunningStatistics, c.Chunk = true, 2 })
	moot := tower.PoolKey + ".bias" // it moves no loss: its gradient is the rounding of 0
	delete(got, moot)
	delete(want, moot)
	near(t, got, want)
	for _, freeze := range [][]string{nil, {"visual.layer1."}, {"text"}} {
		cfg, params, _, _ := noisy(func(c *Config) { resNet(c); c.Chunk, c.Freeze = 2, freeze })
		if _, err := NewStepper(cfg, params); err == nil ||
			!strings.Contains(err.Error(), "RunningStatistics") {
			t.Errorf("frozen %v, in chunks: %v", freeze, err)
		}
	}
	vision := []string{frozenVision}
	cfg, params, _, _ := noisy(func(c *Config) { resNet(c); c.Chunk, c.Freeze = 2, vision })
	s, err := NewStepper(cfg, params)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// Bottlenecks learn more slowly the lower they are, and the stem most slowly.
func TestResNetLayerDecay(t *testing.T) {
	cfg := tiny(1)
	resNet(&cfg)
	cfg.Tower.VisionStages, cfg.LayerDecay = [4]int{1, 11, 1, 1}, 0.5
	rate := cfg.rateOf()
	for name, depth := range map[string]float64{
		tower.PoolQuery + ".weight": 0, tower.PoolPositions: 0, "visual.layer4.0.conv1.weight": 0,
		"visual.layer3.0.bn1.bias": 1, "visual.layer2.10.conv2.weight": 2,
		"visual.layer2.1.conv2.weight": 11, "visual.layer1.0.downsample.0.weight": 13,
		"visual.conv1.weight": 14, "visual.conv3.weight": 14, "visual.bn2.bias": 14,
		"logit_scale": 0, "token_embedding.weight": 1,
	} {
		if got, want := rate(name), math.Pow(0.5, depth); got != want {
			t.Errorf("rate of %s is %v, want %v", name, got, want)
		}
	}
}
