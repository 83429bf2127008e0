package ops

import (
	"fmt"
	"testing"
	"time"
)

func BenchmarkGemm(b *testing.B) {
	shapes := []struct {
		m, n, k        int
		transA, transB bool
	}{
		{1600, 768, 768, false, true},
		{8320, 768, 192, false, true},  // c_fc of the lesson's model at batch 128
		{8320, 192, 768, false, true},  // c_proj
		{8320, 192, 768, false, false}, // dx of c_fc
		{768, 192, 8320, true, false},  // dW of c_fc
		{768, 768, 1600, true, false},
		{4096, 1024, 1600, true, false},
		{128, 128, 512, false, true}, // logits
	}
	for _, s := range shapes {
		x, y, dst := make([]float32, s.m*s.k), make([]float32, s.n*s.k), make([]float32, s.m*s.n)
		b.Run(fmt.Sprintf("%dx%dx%d", s.m, s.n, s.k), func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				Gemm(dst, x, y, s.m, s.n, s.k, s.transA, s.transB, false)
			}
			report(b, start, 2*float64(s.m*s.n*s.k))
		})
	}
}

// BenchmarkApply are the layers of ViT-B/32 at batch 1 and 8, and at 32 pictures.
func BenchmarkApply(b *testing.B) {
	for _, p := range []Precision{F32, BF16, I8} {
		for _, s := range [][3]int{{1, 768, 3072}, {50, 768, 768}, {50, 768, 3072}, {50, 3072, 768},
			{400, 768, 3072}, {1600, 768, 768}, {1600, 768, 3072}, {1600, 3072, 768}} {
			rows, in, out := s[0], s[1], s[2]
			x, w := make([]float32, rows*in), make([]float32, in*out)
			dst, bias := make([]float32, rows*out), make([]float32, out)
			for i := range x {
				x[i] = float32(i%13) / 13
			}
			for i := range w {
				w[i] = float32(i%17)/17 - 0.5
			}
			// Copies of the weights, so that a batch of 1 finds them in memory, as in a model.
			var ms [4]*Matrix
			for i := range ms {
				ms[i] = Pack(w, out, in, p)
			}
			act, residual := QuickGELUActivation, []float32(nil)
			if out < 3072 {
				act, residual = Identity, dst
			}
			b.Run(fmt.Sprintf("%s/%dx%dx%d", p, rows, out, in),
				func(b *testing.B) {
					start, i := cpuTime(), 0
					for b.Loop() {
						ms[i%len(ms)].Apply(dst, x, bias, residual, rows, act)
						i++
					}
					report(b, start, 2*float64(rows*in*out))
				})
		}
	}
}

func BenchmarkAttention(b *testing.B) {
	h := Heads{Batch: 32, Tokens: 65, Width: 192, Heads: 3}
	qkv, dst := make([]float32, h.Batch*h.Tokens*3*h.Width), make([]float32, h.Batch*h.Tokens*h.Width)
	probs, dqkv := make([]float32, h.Batch*h.Heads*h.Tokens*h.Tokens), make([]float32, len(qkv))
	flop := 4 * float64(h.Batch*h.Tokens*h.Tokens*h.Width)
	b.Run("forward", func(b *testing.B) {
		start := cpuTime()
		for b.Loop() {
			Attention(dst, probs, qkv, h)
		}
		report(b, start, flop)
	})
	for _, h := range []Heads{{Batch: 1, Tokens: 50, Width: 768, Heads: 12},
		{Batch: 32, Tokens: 50, Width: 768, Heads: 12},
		{Batch: 32, Tokens: 77, Width: 512, Heads: 8, Causal: true},
		{Batch: 8, Tokens: 257, Width: 1024, Heads: 16}} {
		x, y := make([]float32, h.Batch*h.Tokens*3*h.Width), make([]float32, h.Batch*h.Tokens*h.Width)
		b.Run(fmt.Sprintf("unkept/%dx%dx%d", h.Batch, h.Tokens, h.Width), func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				Attention(y, nil, x, h)
			}
			report(b, start, 4*float64(h.Batch*h.Tokens*h.Tokens*h.Width))
		})
	}
	b.Run("backward", func(b *testing.B) {
		start := cpuTime()
		for b.Loop() {
			AttentionGrad(dqkv, dst, qkv, probs, h)
		}
		report(b, start, 2*flop)
	})
}

// report gives the rate by the clock, all cores together, and by processor time, of one core.
func report(b *testing.B, start time.Duration, flop float64) {
	cpu := cpuTime() - start
	b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
	b.ReportMetric(flop*float64(b.N)/cpu.Seconds()/1e9, "cpu-GFLOP/s")
}

// BenchmarkElementwise reports nanoseconds of one core for an element.
func BenchmarkElementwise(b *testing.B) {
	const n = 1 << 20
	x, y, z := make([]float32, n), make([]float32, n), make([]float32, n)
	stats, gamma := make([]float32, 2*n/1024), make([]float32, 1024)
	for i := range x {
		x[i] = float32(i%1000)/250 - 2
	}
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"QuickGELU", func() { QuickGELU(y, x) }},
		{"QuickGELUGrad", func() { QuickGELUGrad(z, y, x) }},
		{"GELU", func() { GELU(y, x) }},
		{"Softmax", func() { Softmax(y, x, 1, 1024, 1024) }},
		{"LayerNorm", func() { LayerNorm(y, stats, x, gamma, gamma, n/1024, 1024) }},
		{"LayerNormGrad", func() { LayerNormGrad(z, y, x, gamma, stats, nil, n/1024, 1024) }},
		{"AdamW", func() { Update(x, y, z, x, AdamW{Step: 1, Beta1: .9, Beta2: .98}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				c.run()
			}
			b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/n, "cpu-ns/element")
		})
	}
}

// BenchmarkPack is the opening of a model: bytes are those of its weights in float32.
func BenchmarkPack(b *testing.B) {
	const in, out = 768, 3072
	w := make([]float32, in*out)
	for _, p := range []Precision{F32, BF16, I8} {
		for i, pack := range []func([]float32, int, int, Precision) *Matrix{Pack, PackTransposed} {
			b.Run(p.String()+[]string{"", "/transposed"}[i], func(b *testing.B) {
				start := cpuTime()
				b.SetBytes(4 * in * out)
				for b.Loop() {
					pack(w, out, in, p)
				}
				b.ReportMetric(float64(cpuTime()-start)/float64(b.N*in*out), "cpu-ns/weight")
			})
		}
	}
}
