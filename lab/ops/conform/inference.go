package conform

import (
	"fmt"
	"math/rand/v2"

	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// Packed are the layers that are packed once and applied often, in all precisions and activations.
// Only the CPU's engines have them.
func Packed(seed uint64) []Case {
	rng := rand.New(rand.NewPCG(seed, 0))
	var all []Case
	for _, s := range [][3]int{{1, 1, 1}, {2, 17, 33}, {5, 18, 32}, {13, 40, 64}, {30, 300, 35},
		{3, 1099, 32}, {120, 62, 70}, {1 + rng.IntN(60), 1 + rng.IntN(200), 1 + rng.IntN(90)}} {
		all = append(all, applyCases(s[0], s[1], s[2])...)
	}
	return all
}

// TanhGELU is that of SigLIP's towers, on the CPU only. Of −∞ engines give its limit, 0, and the
// formula 0 · ∞, so that it is no case of Specials.
func TanhGELU(seed uint64) []Case {
	rng := rand.New(rand.NewPCG(seed, 0))
	all := []Case{tanhCase(1 + rng.IntN(40000))}
	for n := range 70 {
		all = append(all, tanhCase(n))
	}
	return all
}

// Products are attention's products without the softmax between: what a BLAS can do of it, for
// benchmarks of the CPU's engines.
func Products(seed uint64) []Case {
	s := shapes{rand.New(rand.NewPCG(seed, 0)), Full}
	var all []Case
	for _, h := range s.heads() {
		x := h.Batch * h.Tokens * h.Width
		all = append(all, Case{Name: fmt.Sprintf("AttentionProducts %+v", h), In: []int{3 * x},
			Out:   []int{x},
			Run:   func(e Engine, in, out [][]float32) { e.AttentionProducts(out[0], in[0], h) },
			Judge: func(in, out [][]float64) { plain.AttentionProducts(out[0], in[0], h) }})
	}
	return all
}

// applyCases are, in turn, with and without bias and residual.
func applyCases(rows, in, out int) []Case {
	var all []Case
	for p := ops.F32; p <= ops.I8; p++ {
		for act := ops.Identity; act <= ops.ReLUActivation; act++ {
			all = append(all, applyCase(rows, in, out, p, act, int(act)^in&3))
		}
	}
	return all
}

func applyCase(rows, in, out int, p ops.Precision, act ops.Activation, form int) Case {
	return Case{
		Name: fmt.Sprintf("Apply %d×%d×%d %s, activation %d, form %d", rows, out, in, p, act, form),
		In:   []int{rows * in, out * in, out, rows * out}, Out: []int{rows * out},
		Run: func(e Engine, x, y [][]float32) {
			bias, rest := pick(x, form)
			e.Apply(ops.Pack(x[1], out, in, p), y[0], x[0], bias, rest, rows, act)
		},
		Judge: func(x, y [][]float64) {
			bias, rest := pick(x, form)
			plain.Apply(y[0], x[0], x[1], bias, rest, rows, in, out, p, act)
		}}
}

func tanhCase(n int) Case {
	return Case{Name: fmt.Sprintf("TanhGELU %d", n), In: []int{n}, Out: []int{n},
		Run: func(e Engine, in, out [][]float32) {
			e.(interface{ TanhGELU(dst, x []float32) }).TanhGELU(out[0], in[0])
		},
		Judge: func(in, out [][]float64) { plain.TanhGELU(out[0], in[0]) }}
}
