package ops

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Attention's products are two of Gemm for each head, bit for bit on the engines of assembly, and
// as near as sums in another order on the others.
func TestAttentionProducts(t *testing.T) {
	for _, h := range []Heads{{Batch: 2, Tokens: 50, Width: 128, Heads: 2},
		{Batch: 1, Tokens: 77, Width: 192, Heads: 3}, {Batch: 1, Tokens: 3, Width: 10, Heads: 2},
		{Batch: 1, Tokens: 29, Width: 24, Heads: 1, Causal: true},
		// Several narrow tiles, panels that end with one, rows that collide, and tasks of several heads.
		{Batch: 1, Tokens: 233, Width: 64, Heads: 1}, {Batch: 1, Tokens: 100, Width: 160, Heads: 2},
		{Batch: 1, Tokens: 9, Width: 80, Heads: 2}, {Batch: 5, Tokens: 40, Width: 512, Heads: 8}} {
		r := rand.New(rand.NewPCG(1, 2))
		x := make([]float32, h.Batch*h.Tokens*3*h.Width)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		for _, e := range Engines() {
			got := make([]float32, len(x)/3)
			e.AttentionProducts(got, x, h)
			if want := productsByGemm(e, x, h); !slices.Equal(got, want) {
				t.Errorf("%s: the products of %+v are not those of Gemm", e.Name(), h)
			}
		}
	}
}

func productsByGemm(e Engine, qkv []float32, h Heads) []float32 {
	n, d := h.Tokens, h.Width/h.Heads
	dst, scores, mixed := make([]float32, len(qkv)/3), make([]float32, n*n), make([]float32, n*d)
	for i := range h.Batch * h.Heads {
		var parts [3][]float32
		q, k, v := headViews(qkv, h, i)
		for j, x := range []view{q, k, v} {
			parts[j] = make([]float32, n*d)
			for t := range n {
				copy(parts[j][t*d:(t+1)*d], x.data[t*x.rs:])
			}
		}
		e.Gemm(scores, parts[0], parts[1], n, n, d, false, true, false)
		e.Gemm(mixed, scores, parts[2], n, d, n, false, false, false)
		for t := range n {
			copy(dst[headOffset(h, i)+t*h.Width:][:d], mixed[t*d:])
		}
	}
	return dst
}

func BenchmarkAttentionProducts(b *testing.B) {
	for _, h := range []Heads{{Batch: 1, Tokens: 50, Width: 768, Heads: 12},
		{Batch: 32, Tokens: 50, Width: 768, Heads: 12},
		{Batch: 1, Tokens: 77, Width: 512, Heads: 8}, {Batch: 32, Tokens: 77, Width: 512, Heads: 8}} {
		x, y := make([]float32, h.Batch*h.Tokens*3*h.Width), make([]float32, h.Batch*h.Tokens*h.Width)
		b.Run(fmt.Sprintf("%dx%dx%d", h.Batch, h.Tokens, h.Width), func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				AttentionProducts(y, x, h)
			}
			report(b, start, 4*float64(h.Batch*h.Tokens*h.Tokens*h.Width))
		})
	}
}
