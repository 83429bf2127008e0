package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// tail are the coefficients of S, a polynomial in t = 1/(1 + z/2) with
//
//	½ erfc(z) = exp(−z²) · t · S(t) for z ≥ 0, within 6e-8 of its size up to z = 11
//
// fitted at Chebyshev's nodes on t in 0.15..1. Beyond z = 11 exp(−z²) is zero in float32.
var tail = []float64{0.14104027225374502, 0.14124400209886567, 0.12110940789189821,
	0.10320751641213075, -0.01794570576855234, 0.14603042880485673, -0.24990684619818376,
	0.1454060598441948, -0.030185158404226982}

// gelu: y = x · Φ(x).
func (s isa) gelu() {
	s.text("gelu", "(dst, x *float32, n int)",
		"is dst[i] = x[i] · Φ(x[i]), Φ the normal distribution.")
	dst, x, n := param("dst"), param("x"), param("n")
	s.each(n, func(c lanes) {
		v := c.load(x)
		phi, _ := s.normal(v)
		VMULPS(v, phi, phi)
		c.store(phi, dst)
	})
	end()
}

// geluGrad: dx = dy · (Φ(x) + x φ(x)).
func (s isa) geluGrad() {
	s.text("geluGrad", "(dx, dy, x *float32, n int)",
		"is dx[i] = dy[i] · (Φ(x[i]) + x[i] φ(x[i])), φ the normal density.")
	dx, dy, x, n := param("dx"), param("dy"), param("x"), param("n")
	s.each(n, func(c lanes) {
		v := c.load(x)
		phi, e := s.normal(v)
		VMULPS(constant(1/math.Sqrt(2*math.Pi)), e, e)
		VFMADD231PS(v, e, phi)
		VMULPS(c.load(dy), phi, phi)
		c.store(phi, dx)
	})
	end()
}

// normal is Φ(x), and exp(−x²/2) on the way.
func (s isa) normal(x VecVirtual) (phi, e VecVirtual) {
	e, t, sum, one := s.reg(), s.reg(), s.reg(), s.reg()
	VMULPS(constant(-0.5), x, e)
	VMULPS(x, e, e)
	s.exp(e)
	VANDPS(constBits(math.MaxInt32), x, t) // |x|
	VMOVUPS(constant(1), one)
	VFMADD213PS(one, constantReg(s, math.Sqrt2/4), t) // 1 + z/2, z = |x|/√2
	VDIVPS(t, one, t)
	VMOVUPS(constant(tail[len(tail)-1]), sum)
	for i := len(tail) - 2; i >= 0; i-- {
		VFMADD213PS(constant(tail[i]), t, sum)
	}
	VMULPS(t, sum, sum)
	VMULPS(e, sum, sum) // Φ(−|x|)
	// sum where x is negative, 1 − sum elsewhere: the sign bit spread over the lane chooses.
	negative := s.reg()
	VPSRAD(Imm(31), x, negative)
	VSUBPS(sum, one, one)
	VANDPS(negative, sum, sum)
	VANDNPS(one, negative, one)
	VORPS(one, sum, sum)
	return sum, e
}

func constantReg(s isa, x float64) VecVirtual {
	v := s.reg()
	VMOVUPS(constant(x), v)
	return v
}
