package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func end() {
	VZEROUPPER()
	RET()
}

// arithmetic: dst from one or two arrays and a number.
func (s isa) arithmetic() {
	s.text("add", "(dst, a, b *float32, n int)", "is dst[i] = a[i] + b[i].")
	dst, a, b, n := param("dst"), param("a"), param("b"), param("n")
	s.each(n, func(c lanes) {
		v := c.load(a)
		VADDPS(c.load(b), v, v)
		c.store(v, dst)
	})
	end()

	s.text("axpy", "(dst, x *float32, alpha float32, n int)", "is dst[i] += alpha · x[i].")
	dst, x, n := param("dst"), param("x"), param("n")
	alpha := s.scalar("alpha")
	s.each(n, func(c lanes) {
		v := c.load(dst)
		VFMADD231PS(c.load(x), alpha, v)
		c.store(v, dst)
	})
	end()

	s.text("scale", "(dst, x *float32, alpha float32, n int)", "is dst[i] = alpha · x[i].")
	dst, x, n = param("dst"), param("x"), param("n")
	alpha = s.scalar("alpha")
	s.each(n, func(c lanes) {
		v := c.load(x)
		VMULPS(alpha, v, v)
		c.store(v, dst)
	})
	end()
}

// reductions: one number from one or two arrays.
func (s isa) reductions() {
	s.text("dot", "(a, b *float32, n int) (sum float32)", "is Σ a[i] · b[i].")
	a, b, n := param("a"), param("b"), param("n")
	acc := s.zeros()
	s.each(n, func(c lanes) { VFMADD231PS(c.load(a), c.load(b), acc[c.half]) })
	Store(s.fold(acc, VADDPS).AsX(), Return("sum"))
	end()
}

// quickGELU: y = x · σ(1.702 x).
func (s isa) quickGELU() {
	s.text("quickGELU", "(dst, x *float32, n int)", "is dst[i] = x[i] · σ(1.702 x[i]).")
	dst, x, n := param("dst"), param("x"), param("n")
	s.each(n, func(c lanes) {
		v := c.load(x)
		sigma := s.sigmoid(v)
		VMULPS(v, sigma, sigma)
		c.store(sigma, dst)
	})
	end()
}

// quickGELUGrad: dx = dy · σ · (1 + 1.702 x (1 − σ)).
func (s isa) quickGELUGrad() {
	s.text("quickGELUGrad", "(dx, dy, x *float32, n int)",
		"is dx[i] = dy[i] · σ · (1 + 1.702 x[i] (1 − σ)), σ = σ(1.702 x[i]).")
	dx, dy, x, n := param("dx"), param("dy"), param("x"), param("n")
	s.each(n, func(c lanes) {
		v := c.load(x)
		sigma := s.sigmoid(v)
		rest := s.reg()
		VMOVUPS(constant(1), rest)
		VSUBPS(sigma, rest, rest)
		VMULPS(constant(1.702), v, v)
		VFMADD213PS(constant(1), rest, v) // v = v·rest + 1
		VMULPS(sigma, v, v)
		VMULPS(c.load(dy), v, v)
		c.store(v, dx)
	})
	end()
}

// sigmoid is 1 / (1 + exp(−1.702 x)).
func (s isa) sigmoid(x VecVirtual) VecVirtual {
	z := s.reg()
	VMULPS(constant(-1.702), x, z)
	s.exp(z)
	one := s.reg()
	VMOVUPS(constant(1), one)
	VADDPS(one, z, z)
	VDIVPS(z, one, z)
	return z
}

// exp replaces x by eˣ, within 2 units in the last place:
//
//	n = round(x / ln 2), r = x − n ln 2 (in two parts), eˣ = 2ⁿ Σ rᵏ/k! up to k = 7
//
// |r| ≤ ½ ln 2, so the terms left out are below 5e-9. 2ⁿ is multiplied in two factors, so that
// results below the smallest normal number are right too. NaN stays NaN, ±Inf give +Inf and 0.
func (s isa) exp(x VecVirtual) {
	n, nf, p := s.reg(), s.reg(), s.reg()
	// MIN and MAX return their first operand here when it is NaN.
	VMOVUPS(constant(89), p)
	VMINPS(x, p, x)
	VMOVUPS(constant(-104), p)
	VMAXPS(x, p, x)
	VMULPS(constant(1.44269504088896341), x, n)
	if s.wide() {
		VRNDSCALEPS(Imm(0), n, nf)
	} else {
		VCVTPS2DQ(n, n)
		VCVTDQ2PS(n, nf)
	}
	VFNMADD231PS(constant(0.693359375), nf, x)             // 9 bits of ln 2: n times it is exact
	VFNMADD231PS(constant(-2.12194440054690583e-4), nf, x) // the rest of ln 2
	VMOVUPS(constant(1.0/5040), p)
	for _, c := range []float64{1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1} {
		VFMADD213PS(constant(c), x, p) // p = p·x + c
	}
	if s.wide() {
		VSCALEFPS(nf, p, x) // p·2ⁿ, rounded once as well
		return
	}
	half := s.reg()
	VPSRAD(Imm(1), n, half)
	VPSUBD(half, n, n)
	for _, m := range []VecVirtual{half, n} {
		VPADDD(constBits(127), m, m)
		VPSLLD(Imm(23), m, m)
		VMULPS(m, p, p)
	}
	VMOVAPS(p, x)
}

// adamW: one step of AdamW (Loshchilov and Hutter 2019) on one parameter.
func (s isa) adamW() {
	s.text("adamW", "(w, m, v, dw *float32, n int, c *float32)",
		"is, with c = {scale of dw, β₁, 1−β₁, β₂, 1−β₂, 1/√(1−β₂ᵗ), ε, lr/(1−β₁ᵗ), 1−lr·decay}:\n"+
			"g = c₀·dw; m = c₁m + c₂g; v = c₃v + c₄g²; w = c₈w − c₇ m / (√v·c₅ + ε).")
	w, m, v, g, n, k := param("w"), param("m"), param("v"), param("dw"), param("n"), param("c")
	c := make([]VecVirtual, 9)
	for i := range c {
		c[i] = s.reg()
		VBROADCASTSS(Mem{Base: k, Disp: 4 * i}, c[i])
	}
	s.each(n, func(l lanes) {
		grad := l.load(g)
		VMULPS(c[0], grad, grad)
		mean := l.load(m)
		VMULPS(c[1], mean, mean)
		VFMADD231PS(c[2], grad, mean)
		l.store(mean, m)
		VMULPS(grad, grad, grad)
		square := l.load(v)
		VMULPS(c[3], square, square)
		VFMADD231PS(c[4], grad, square)
		l.store(square, v)
		VSQRTPS(square, square)
		VFMADD213PS(c[6], c[5], square)
		VDIVPS(square, mean, mean)
		weight := l.load(w)
		VMULPS(c[8], weight, weight)
		VFNMADD231PS(c[7], mean, weight)
		l.store(weight, w)
	})
	end()
}
