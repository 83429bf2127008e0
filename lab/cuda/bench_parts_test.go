package cuda

import (
	"fmt"
	"testing"

	"cliplab/lab/ops"
)

// benchOp reports the speed of an op that moves so many bytes and takes so many operations.
func benchOp(b *testing.B, g *GPU, bytes, flop float64, op func()) {
	for b.Loop() {
		op()
		if err := g.Err(); err != nil {
			b.Fatal(err)
		}
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(bytes/seconds/1e9, "GB/s")
	if flop > 0 {
		b.ReportMetric(flop/seconds/1e12, "TFLOP/s")
	}
}

// BenchmarkAttention is that of the towers of ViT-B/32, B/16 and L/14, forward and backward. Bytes
// are those that have to move: q, k, v and the output, and their gradients.
func BenchmarkAttention(b *testing.B) {
	for _, h := range []ops.Heads{{Batch: 256, Tokens: 50, Width: 768, Heads: 12},
		{Batch: 256, Tokens: 77, Width: 512, Heads: 8, Causal: true},
		{Batch: 128, Tokens: 197, Width: 768, Heads: 12},
		{Batch: 128, Tokens: 257, Width: 1024, Heads: 16}} {
		for _, p := range []Precision{F32, TF32, BF16} {
			n, size := h.Batch*h.Tokens*h.Width, number
			if p == BF16 {
				size = number / 2
			}
			name := fmt.Sprintf("%d×%d/%s", h.Tokens, h.Width, p)
			flop := 4 * float64(n) * float64(h.Tokens)
			b.Run(name+"/forward", func(b *testing.B) {
				benchAttention(b, h, float64(4*n*size), flop, p, false)
			})
			b.Run(name+"/backward", func(b *testing.B) {
				benchAttention(b, h, float64(8*n*size), 2.5*flop, p, true)
			})
		}
	}
}

func benchAttention(b *testing.B, h ops.Heads, bytes, flop float64, p Precision, back bool) {
	g := device(b, false)
	defer g.Close()
	a := &arena{g: g}
	defer func() { _ = a.free() }()
	n := h.Batch * h.Tokens * h.Width
	take := func(n int) pointer {
		x := a.take("attention", n)
		g.do(func() error { return g.stream.Clear(x, uint64(n*number)) })
		return x
	}
	qkv, dqkv, y, dy, lse := take(3*n), take(3*n), take(n), take(n),
		take(h.Batch*h.Heads*h.Tokens)
	benchOp(b, g, bytes, flop, func() {
		if back {
			g.attentionGrad(dqkv, dy, y, 0, lse, qkv, h, p)
		} else {
			g.attention(y, 0, lse, qkv, h, p)
		}
	})
}

// BenchmarkNorm is layer norm of ViT-B/32's pictures at batch 256, as the Trainer has it in bf16.
func BenchmarkNorm(b *testing.B) {
	const rows, width = 256 * 50, 768
	run := func(name string, bytes float64, op func(g *GPU, x [5]pointer)) {
		b.Run(name, func(b *testing.B) {
			g := device(b, false)
			defer g.Close()
			a := &arena{g: g}
			defer func() { _ = a.free() }()
			var x [5]pointer
			for i := range x {
				x[i] = a.take("norm", rows*width)
				g.do(func() error { return g.stream.Clear(x[i], rows*width*number) })
			}
			benchOp(b, g, bytes*rows*width, 0, func() { op(g, x) })
		})
	}
	run("forward", 4+2, func(g *GPU, x [5]pointer) {
		g.layerNorm(x[0], x[1], x[2], x[3], x[4], rows, width, true)
	})
	run("backward", 2+4+4+4+2, func(g *GPU, x [5]pointer) {
		gains := at(x[4], 2*rows)
		g.layerNormBack(x[0], x[1], at(gains, width), at(gains, 2*width), x[2], x[3], gains, x[4], x[0],
			rows, width)
	})
}
