package bench

import (
	"fmt"
	"math"

	"cliplab/lab/ops"
)

// Operands of products are sin(i·step), which any language computes alike without a file.

// product is C [m, n] = A·B, with A or B turned, or with B packed beforehand.
func product(c Case) (*job, error) {
	a, b, dst := wave(c.M*c.K, 0.37), wave(c.K*c.N, 0.71), make([]float32, c.M*c.N)
	output := func() []float32 { return dst }
	run := func(transA, transB bool) *job {
		return &job{output: output, run: func() {
			ops.Gemm(dst, a, b, c.M, c.N, c.K, transA, transB, false)
		}}
	}
	switch c.Form {
	case "AB":
		return run(false, false), nil
	case "ABᵀ":
		return run(false, true), nil
	case "AᵀB":
		return run(true, false), nil
	case "packed": // as in a layer of an encoder: B lies [n, k]
		m := ops.Pack(b, c.N, c.K, precisions[c.Precision])
		return &job{output: output, run: func() {
			m.Apply(dst, a, nil, nil, c.M, ops.Identity)
		}}, nil
	}
	return nil, fmt.Errorf("bench: no form of product %q", c.Form)
}

// attention is that of all heads, from queries, keys and values to mixed values; of form products
// without its softmax.
func attention(c Case) *job {
	h := ops.Heads{Batch: c.Batch, Tokens: c.Tokens, Width: c.Width, Heads: c.Heads}
	qkv := wave(c.Batch*c.Tokens*3*c.Width, 0.37)
	dst := make([]float32, c.Batch*c.Tokens*c.Width)
	j := &job{
		run:    func() { ops.Attention(dst, nil, qkv, h) },
		output: func() []float32 { return dst },
	}
	if c.Form == "products" {
		j.run = func() { ops.AttentionProducts(dst, qkv, h) }
	}
	return j
}

// wave is sin(i·step) for i < n.
func wave(n int, step float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(float64(i) * step))
	}
	return x
}
