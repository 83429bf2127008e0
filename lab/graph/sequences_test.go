package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// What stands behind a text, and what a batch of other lengths left in memory, change no bit of a
// loss or a gradient.
func TestBatchesOfOtherLengths(t *testing.T) {
	const n = 5
	rng := rand.New(rand.NewPCG(7, 8))
	pixels, _ := pairs(small, n)
	texts := func(padding bool, lengths ...int) *tensor.Tensor {
		r := rand.New(rand.NewPCG(uint64(lengths[0]), 1))
		x := tensor.New(n, small.ContextLength)
		for i, length := range lengths {
			row := x.Row(i).Data
			for j := range length - 1 {
				row[j] = float32(1 + r.IntN(small.VocabSize-2))
			}
			row[length-1] = float32(small.VocabSize - 1)
			for j := length; padding && j < len(row); j++ {
				row[j] = float32(rng.IntN(small.VocabSize - 1))
			}
		}
		return x
	}
	batches := []*tensor.Tensor{texts(false, 9, 2, 5, 1, 9), texts(true, 3, 9, 1, 4, 2),
		texts(true, 1, 1, 1, 1, 1), texts(false, 9, 9, 9, 9, 9)}
	same := texts(false, 3, 9, 1, 4, 2)
	used := newRun(t, n)
	for i, tokens := range batches {
		got, want := used(pixels, tokens), newRun(t, n)(pixels, tokens)
		compareBits(t, i, got, want)
		if i == 1 {
			compareBits(t, i, got, newRun(t, n)(pixels, same))
		}
	}
}

// newRun gives a fresh graph on a Machine that shares memory: a run's loss and gradients.
func newRun(t *testing.T, n int) func(pixels, tokens *tensor.Tensor) [][]float32 {
	t.Helper()
	clip, err := NewCLIPFrom(G.NewGraph(), small, n, tower.Init(small, 5), Options{})
	if err != nil {
		t.Fatal(err)
	}
	grads, err := G.Grad(clip.Loss, clip.Learnables()...)
	if err != nil {
		t.Fatal(err)
	}
	vm := NewMachine(clip.Loss.Graph(), append(clip.Outputs(), grads...)...)
	t.Cleanup(func() { vm.Close() })
	return func(pixels, tokens *tensor.Tensor) [][]float32 {
		if err := clip.SetBatch(pixels, tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		all := [][]float32{append([]float32(nil), Values(clip.Loss)...)}
		for _, g := range grads {
			all = append(all, append([]float32(nil), Values(g)...))
		}
		return all
	}
}

func compareBits(t *testing.T, batch int, got, want [][]float32) {
	t.Helper()
	for k := range want {
		for i, w := range want[k] {
			if math.Float32bits(got[k][i]) != math.Float32bits(w) || math.IsNaN(float64(w)) {
				t.Fatalf("batch %d: number %d of output %d is %v, want %v", batch, i, k, got[k][i], w)
			}
		}
	}
}

// Gradients of a tower's last block, where only picked tokens ask, and of ragged texts are those of
// the public ops on all tokens.
func TestLastBlockIsTheWholeOne(t *testing.T) {
	const b, tokens, width, heads = 3, 4, 6, 2
	ids := tensor.From([]float32{3, 9, 0, 0, 1, 2, 3, 9, 9, 0, 0, 0}, b, tokens)
	rng := rand.New(rand.NewPCG(3, 3))
	table, positions := noise(rng, 10, width), noise(rng, tokens, width)
	w, bias, weights := noise(rng, 3*width, width), noise(rng, 3*width), noise(rng, b, width)
	for _, x := range []*tensor.Tensor{table, positions, w} { // no head looks at one token only
		for i := range x.Data {
			x.Data[i] *= 0.4
		}
	}
	gradients := func(build func(n G.Nodes, ids *G.Node) *G.Node) [][]float32 {
		g := G.NewGraph()
		n := G.Nodes{Input(g, "table", table), Input(g, "positions", positions), Input(g, "w", w),
			Input(g, "bias", bias)}
		loss := Dot(build(n, Input(g, "ids", ids)), Input(g, "weights", weights))
		grads, err := G.Grad(loss, n...)
		if err != nil {
			t.Fatal(err)
		}
		vm := NewMachine(g)
		defer vm.Close()
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		all := [][]float32{Values(loss)}
		for _, n := range grads {
			all = append(all, Values(n))
		}
		return all
	}
	want := gradients(func(n G.Nodes, ids *G.Node) *G.Node {
		x := Embedding(ids, n[0], n[1])
		x = Attention(Linear(x, n[2], n[3]), heads, true)
		x = Attention(Linear(x, n[2], n[3]), heads, true)
		return EndOfText(x, ids)
	})
	got := gradients(func(n G.Nodes, ids *G.Node) *G.Node {
		s := newTexts(b, tokens, true)
		x := embedding(ids, n[0], n[1], s)
		x = Attention(Linear(x, n[2], n[3]), heads, true)
		return s.attend(s.queries(x, n[2], n[3]), heads)
	})
	for k := range want {
		for i, w := range want[k] {
			if d := math.Abs(float64(got[k][i] - w)); !(d <= 1e-5*(1+math.Abs(float64(w)))) {
				t.Errorf("output %d: number %d is %v, want %v", k, i, got[k][i], w)
			}
		}
	}
}
