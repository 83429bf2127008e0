package ops

import (
	"fmt"

	"cliplab/lab/ops/plain"
)

// applyCases are layers in all precisions and activations, and, in turn, with and without bias
// and residual.
func applyCases(rows, in, out int) []opCase {
	var all []opCase
	for p := F32; p <= I8; p++ {
		for act := Identity; act <= ReLUActivation; act++ {
			form := int(act) ^ in&3
			all = append(all, applyCase(rows, in, out, p, act, form&1 > 0, form&2 > 0))
		}
	}
	return all
}

func applyCase(rows, in, out int, p Precision, act Activation, biased, residual bool) opCase {
	pick := func(in [][]float32) (bias, rest []float32) {
		if biased {
			bias = in[2]
		}
		if residual {
			rest = in[3]
		}
		return
	}
	return opCase{
		name: fmt.Sprintf("Apply %d×%d×%d precision %d act %d %v %v", rows, out, in, p, act, biased,
			residual),
		in: []int{rows * in, out * in, out, rows * out}, out: []int{rows * out},
		run: func(e Engine, x, y [][]float32) {
			bias, rest := pick(x)
			e.Apply(newMatrix(view{x[1], 1, in}, out, in, p), y[0], x[0], bias, rest, rows, act)
		},
		judge: func(x, y [][]float64) {
			var bias, rest []float64
			if biased {
				bias = x[2]
			}
			if residual {
				rest = x[3]
			}
			plain.Apply(y[0], x[0], x[1], bias, rest, rows, in, out, p, act)
		}}
}
