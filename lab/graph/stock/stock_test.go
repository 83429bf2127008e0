package stock

import (
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/graph"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

func batchOf(c tower.Config, n int) (images, tokens *tensor.Tensor) {
	rng := rand.New(rand.NewPCG(5, 6))
	images = tensor.New(n, 3, c.ImageSize, c.ImageSize)
	for i := range images.Data {
		images.Data[i] = float32(rng.NormFloat64())
	}
	tokens = tensor.New(n, c.ContextLength)
	for i := range tokens.Data {
		tokens.Data[i] = float32(1 + rng.IntN(c.VocabSize-2))
		if i%c.ContextLength == c.ContextLength-1 {
			tokens.Data[i] = float32(c.VocabSize - 1)
		}
	}
	return images, tokens
}

// Losses are those of package graph: the first tells of the forward pass, those after a step of
// the gradients and the solver. Wide enough models show nodes that Gorgonia took for one.
func TestSameLossesAsGraph(t *testing.T) {
	for _, c := range []tower.Config{
		{ImageSize: 12, PatchSize: 4, VisionWidth: 24, VisionLayers: 2, VisionHeads: 3,
			ContextLength: 9, VocabSize: 30, TextWidth: 20, TextLayers: 2, TextHeads: 2, EmbedDim: 16},
		{ImageSize: 12, PatchSize: 4, VisionWidth: 128, VisionLayers: 1, VisionHeads: 2,
			ContextLength: 9, VocabSize: 30, TextWidth: 128, TextLayers: 1, TextHeads: 2, EmbedDim: 16},
	} {
		const n, rate = 4, 1e-4
		params := tower.Init(c, 3)
		images, tokens := batchOf(c, n)
		s, err := NewStepper(c, params, images, tokens, rate)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		want := losses(t, c, n, params, images, tokens, rate)
		for i := range want {
			got, err := s.Step()
			if err != nil {
				t.Fatal(err)
			}
			// Adam has no decay: 2e-5 of the weights a step.
			if math.Abs(got-want[i]) > 1e-4*want[i] {
				t.Errorf("width %d, step %d: loss %v, want %v", c.TextWidth, i, got, want[i])
			}
		}
	}
}

// losses are those of three steps of package graph.
func losses(t *testing.T, c tower.Config, n int, params map[string]*tensor.Tensor, images,
	tokens *tensor.Tensor, rate float64) (of [3]float64) {
	t.Helper()
	g := G.NewGraph()
	clip, err := graph.NewCLIPFrom(g, c, n, params, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
		t.Fatal(err)
	}
	vm, opt := G.NewTapeMachine(g), graph.NewAdamW()
	defer vm.Close()
	if err := clip.SetBatch(images, tokens); err != nil {
		t.Fatal(err)
	}
	for i := range of {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		of[i] = clip.Losses().Mean()
		if err := opt.Step(clip.Learnables(), rate); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	return of
}

// What does not fit is an error.
func TestMisfits(t *testing.T) {
	c := tower.Config{ImageSize: 12, PatchSize: 4, VisionWidth: 24, VisionLayers: 1, VisionHeads: 3,
		ContextLength: 9, VocabSize: 30, TextWidth: 20, TextLayers: 1, TextHeads: 2, EmbedDim: 16}
	images, tokens := batchOf(c, 2)
	if _, err := NewStepper(c, nil, images, tokens, 0); err == nil {
		t.Error("no parameters, no error")
	}
	if _, err := NewStepper(c, tower.Init(c, 1), tensor.New(2, 3, 4, 4), tokens, 0); err == nil {
		t.Error("small pictures, no error")
	}
}

func BenchmarkStep(b *testing.B) {
	c := tower.Config{ImageSize: 64, PatchSize: 8, VisionWidth: 128, VisionLayers: 4, VisionHeads: 2,
		ContextLength: 16, VocabSize: 4096, TextWidth: 128, TextLayers: 4, TextHeads: 2, EmbedDim: 512}
	images, tokens := batchOf(c, 32)
	s, err := NewStepper(c, tower.Init(c, 1), images, tokens, 1e-3)
	if err != nil {
		b.Fatal(err)
	}
	step := func() {
		if _, err := s.Step(); err != nil {
			b.Fatal(err)
		}
	}
	step()
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}
