package conform

import (
	"fmt"

	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// elementCases are ops of n numbers, each for itself, and the sum of their squares.
func elementCases(n int) []Case {
	of := func(op string, inputs int, run func(e Engine, in, out [][]float32),
		judge func(in, out [][]float64)) Case {
		return Case{Name: fmt.Sprintf("%s %d", op, n), In: []int{n, n}[:inputs], Out: []int{n}, Run: run,
			Judge: judge}
	}
	sum := of("SumSquares", 1,
		func(e Engine, in, out [][]float32) { out[0][0] = float32(e.SumSquares(in[0])) },
		func(in, out [][]float64) { out[0][0] = plain.SumSquares(in[0]) })
	sum.Out = []int{1}
	return []Case{sum, adamWCase(n),
		of("Add", 2, func(e Engine, in, out [][]float32) { e.Add(out[0], in[0], in[1]) },
			func(in, out [][]float64) { plain.Add(out[0], in[0], in[1]) }),
		of("Scale", 1, func(e Engine, in, out [][]float32) { e.Scale(out[0], in[0], 0.3) },
			func(in, out [][]float64) { plain.Scale(out[0], in[0], 0.3) }),
		of("QuickGELU", 1, func(e Engine, in, out [][]float32) { e.QuickGELU(out[0], in[0]) },
			func(in, out [][]float64) { plain.QuickGELU(out[0], in[0]) }),
		of("QuickGELUGrad", 2,
			func(e Engine, in, out [][]float32) { e.QuickGELUGrad(out[0], in[0], in[1]) },
			func(in, out [][]float64) { plain.QuickGELUGrad(out[0], in[0], in[1]) }),
		of("GELU", 1, func(e Engine, in, out [][]float32) { e.GELU(out[0], in[0]) },
			func(in, out [][]float64) { plain.GELU(out[0], in[0]) }),
		of("GELUGrad", 2, func(e Engine, in, out [][]float32) { e.GELUGrad(out[0], in[0], in[1]) },
			func(in, out [][]float64) { plain.GELUGrad(out[0], in[0], in[1]) })}
}

// adamWCase starts from means of squares that are not negative.
func adamWCase(n int) Case {
	adam := ops.AdamW{LearningRate: 0.01, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.1,
		GradScale: 0.5, Step: 3}
	return Case{Name: fmt.Sprintf("AdamW %d", n), In: []int{n, n, n, n}, Out: []int{n, n, n},
		Run: func(e Engine, in, out [][]float32) {
			moments(in, out)
			e.AdamW(out[0], out[1], out[2], in[3], adam)
		},
		Judge: func(in, out [][]float64) {
			moments(in, out)
			plain.Update(out[0], out[1], out[2], in[3], adam)
		}}
}

func moments[F float32 | float64](in, out [][]F) {
	copy(out[0], in[0])
	copy(out[1], in[1])
	for i, v := range in[2] {
		out[2][i] = v * v
	}
}
