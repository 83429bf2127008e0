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

// stepper makes a step of stock ops and of a stock solver.
func stepper(t testing.TB, c tower.Config, n int, params map[string]*tensor.Tensor,
	images, tokens *tensor.Tensor) (m *CLIP, step func()) {
	m = New(G.NewGraph(), c, n, params, images, tokens)
	if _, err := G.Grad(m.Loss, m.Learnables...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(m.Loss.Graph(), G.BindDualValues(m.Learnables...))
	solver := G.NewAdamSolver(G.WithLearnRate(1e-3))
	return m, func() {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if err := solver.Step(G.NodesToValueGrads(m.Learnables)); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
}

// The loss is that of package graph.
func TestSameLossAsGraph(t *testing.T) {
	c := tower.Config{ImageSize: 12, PatchSize: 4, VisionWidth: 24, VisionLayers: 2, VisionHeads: 3,
		ContextLength: 9, VocabSize: 30, TextWidth: 20, TextLayers: 2, TextHeads: 2, EmbedDim: 16}
	const n = 4
	params := tower.Init(c, 3)
	clear(params[tower.ClassEmbedding].Data) // here it is part of the positions
	images, tokens := batchOf(c, n)
	m, step := stepper(t, c, n, params, images, tokens)
	g := G.NewGraph()
	clip, err := graph.NewCLIPFrom(g, c, n, params, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := clip.SetBatch(images, tokens); err != nil {
		t.Fatal(err)
	}
	if err := G.NewTapeMachine(g).RunAll(); err != nil {
		t.Fatal(err)
	}
	step()
	got := float64(m.Loss.Value().Data().(float32))
	if want := clip.Losses().Mean(); math.Abs(got-want) > 1e-5 {
		t.Errorf("loss %v, want %v", got, want)
	}
}

func BenchmarkStep(b *testing.B) {
	c := tower.Config{ImageSize: 64, PatchSize: 8, VisionWidth: 128, VisionLayers: 4, VisionHeads: 2,
		ContextLength: 16, VocabSize: 4096, TextWidth: 128, TextLayers: 4, TextHeads: 2, EmbedDim: 512}
	images, tokens := batchOf(c, 32)
	_, step := stepper(b, c, 32, tower.Init(c, 1), images, tokens)
	step()
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}
