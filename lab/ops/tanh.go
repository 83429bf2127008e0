package ops

import (
	"math"

	"cliplab/lab/ops/plain"
)

// TanhGELU is GELU's approximation by tanh, elementwise; dst may be x.
//
//	dst = x · ½(1 + tanh(√(2/π)(x + 0.044715 x³)))
//
// Hendrycks and Gimpel 2016, section 2; SigLIP and torch's GELU(approximate="tanh").
func TanhGELU(dst, x []float32) {
	need("TanhGELU", "x", x, len(dst))
	if e, ok := engine.(*blocked); ok {
		spans(len(dst), chunk, func(lo, hi int) { e.tanhGELU(dst[lo:hi], x[lo:hi]) })
		return
	}
	plain.TanhGELU(dst, x)
}

// tanhGELU goes through QuickGELU, x·σ(1.702 x), which the engine has fast. As ½(1 + tanh z) is
// σ(2z), with u = 2√(2/π)(x + 0.044715 x³)/1.702 it is QuickGELU(u)·x/u, and x/u has no pole.
func (e *blocked) tanhGELU(dst, x []float32) {
	const cube = 0.044715
	steep := float32(2 * math.Sqrt(2/math.Pi) / 1.702)
	var u [512]float32
	for len(x) > 0 {
		n := min(len(x), len(u))
		for i, v := range x[:n] {
			// Beyond ±30 the result is x or 0 already, and the cube stays finite.
			v = max(-30, min(v, 30))
			u[i] = steep * (v + float32(float32(cube*v)*float32(v*v)))
		}
		e.Set.QuickGELU(&u[0], &u[0], n)
		for i, v := range x[:n] {
			v30 := max(-30, min(v, 30))
			y := u[i] / (steep * (1 + float32(cube*float32(v30*v30))))
			if v > 30 {
				y = v
			}
			dst[i] = y
		}
		dst, x = dst[n:], x[n:]
	}
}
