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
		{128, 128, 512, false, true},   // logits
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
