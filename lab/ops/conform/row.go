package conform

import (
	"fmt"

	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// rowCases are ops that go row by row, or down the columns.
func rowCases(rows, width int) []Case {
	n := rows * width
	of := func(op string, in, out []int, run func(e Engine, in, out [][]float32),
		judge func(in, out [][]float64)) Case {
		return Case{Name: fmt.Sprintf("%s %d×%d", op, rows, width), In: in, Out: out, Run: run,
			Judge: judge}
	}
	return append(normCases(rows, width),
		of("ColumnSums", []int{n}, []int{width},
			func(e Engine, in, out [][]float32) { e.ColumnSums(out[0], in[0], rows, width) },
			func(in, out [][]float64) { plain.ColumnSums(out[0], in[0], rows, width) }),
		of("Normalize", []int{n}, []int{n, rows},
			func(e Engine, in, out [][]float32) { e.Normalize(out[0], out[1], in[0], rows, width) },
			func(in, out [][]float64) { plain.Normalize(out[0], out[1], in[0], rows, width) }),
		of("NormalizeGrad", []int{n, n}, []int{n},
			func(e Engine, in, out [][]float32) {
				e.NormalizeGrad(out[0], in[0], in[1], lengths[float32](rows), rows, width)
			},
			func(in, out [][]float64) {
				plain.NormalizeGrad(out[0], in[0], in[1], lengths[float64](rows), rows, width)
			}),
		of("Softmax", []int{n}, []int{n},
			func(e Engine, in, out [][]float32) { e.Softmax(out[0], in[0], 3, rows, width) },
			func(in, out [][]float64) { plain.Softmax(out[0], in[0], 3, rows, width) }),
		of("SoftmaxGrad", []int{n, n}, []int{n},
			func(e Engine, in, out [][]float32) { e.SoftmaxGrad(out[0], in[0], in[1], 3, rows, width) },
			func(in, out [][]float64) { plain.SoftmaxGrad(out[0], in[0], in[1], 3, rows, width) }))
}

// lengths are some of rows: a gradient by a row near 0 would be large, and its error with it.
func lengths[F float32 | float64](rows int) []F {
	all := make([]F, rows)
	for i := range all {
		all[i] = F(i%3) + 1
	}
	return all
}

func normCases(rows, width int) []Case {
	n := rows * width
	return []Case{
		{Name: fmt.Sprintf("LayerNorm %d×%d", rows, width), In: []int{n, width, width},
			Out: []int{n, 2 * rows},
			Run: func(e Engine, in, out [][]float32) {
				e.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			},
			Judge: func(in, out [][]float64) {
				plain.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			}},
		{Name: fmt.Sprintf("LayerNormGrad %d×%d", rows, width), In: []int{n, n, width, 2 * rows, n},
			Out: []int{n, n},
			Run: func(e Engine, in, out [][]float32) {
				e.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], nil, rows, width)
				e.LayerNormGrad(out[1], in[0], in[1], in[2], in[3], in[4], rows, width)
			},
			Judge: func(in, out [][]float64) {
				plain.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], nil, rows, width)
				plain.LayerNormGrad(out[1], in[0], in[1], in[2], in[3], in[4], rows, width)
			}},
		{Name: fmt.Sprintf("LayerNormParamGrad %d×%d", rows, width), In: []int{n, n, 2 * rows},
			Out: []int{width, width},
			Run: func(e Engine, in, out [][]float32) {
				e.LayerNormParamGrad(out[0], out[1], in[0], in[1], in[2], rows, width)
			},
			Judge: func(in, out [][]float64) {
				plain.LayerNormParamGrad(out[0], out[1], in[0], in[1], in[2], rows, width)
			}},
	}
}

// attentionCases are with probabilities kept and without.
func attentionCases(h ops.Heads) []Case {
	x, p := h.Batch*h.Tokens*h.Width, h.Batch*h.Heads*h.Tokens*h.Tokens
	shape := fmt.Sprintf("%d×%d×%d/%d", h.Batch, h.Tokens, h.Width, h.Heads)
	if h.Causal {
		shape += " causal"
	}
	return []Case{
		{Name: "Attention " + shape, In: []int{3 * x}, Out: []int{x, p},
			Run:   func(e Engine, in, out [][]float32) { e.Attention(out[0], out[1], in[0], h) },
			Judge: func(in, out [][]float64) { plain.Attention(out[0], out[1], in[0], h) }},
		{Name: "Attention unkept " + shape, In: []int{3 * x}, Out: []int{x},
			Run: func(e Engine, in, out [][]float32) { e.Attention(out[0], nil, in[0], h) },
			Judge: func(in, out [][]float64) {
				plain.Attention(out[0], make([]float64, p), in[0], h)
			}},
		{Name: "AttentionGrad " + shape, In: []int{3 * x, x}, Out: []int{3 * x, x, p},
			Run: func(e Engine, in, out [][]float32) {
				e.Attention(out[1], out[2], in[0], h)
				e.AttentionGrad(out[0], in[1], in[0], out[2], h)
			},
			Judge: func(in, out [][]float64) {
				plain.Attention(out[1], out[2], in[0], h)
				plain.AttentionGrad(out[0], in[1], in[0], out[2], h)
			}},
	}
}
