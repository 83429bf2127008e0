package main

import "math"

// arithmetic: dst or a number from one or two arrays.
func (f *file) arithmetic() {
	k := f.kernel("add", "(dst, a, b *float32, n int)", "is dst[i] = a[i] + b[i].")
	k.each("dst! a b", func(c lanes) {
		v := c.in("a")
		c.op(fadd, v, v, c.in("b"))
		c.out(v, "dst")
	})
	k.end()

	k = f.kernel("axpy", "(dst, x *float32, alpha float32, n int)", "is dst[i] += alpha · x[i].")
	alpha := k.scalar("alpha")
	k.each("dst! x", func(c lanes) {
		v := c.in("dst")
		c.op(fmla, v, c.in("x"), alpha)
		c.out(v, "dst")
	})
	k.end()

	k = f.kernel("scale", "(dst, x *float32, alpha float32, n int)", "is dst[i] = alpha · x[i].")
	alpha = k.scalar("alpha")
	k.each("dst! x", func(c lanes) {
		v := c.in("x")
		c.op(fmul, v, v, alpha)
		c.out(v, "dst")
	})
	k.end()

	k = f.kernel("dot", "(a, b *float32, n int) (sum float32)", "is Σ a[i] · b[i].")
	acc := k.zeros()
	k.each("a b", func(c lanes) { c.op(fmla, acc[c.quarter], c.in("a"), c.in("b")) })
	k.result("sum", k.fold(acc, fadd))
	k.end()
}

// activations: QuickGELU y = x · σ(1.702 x), GELU y = x · Φ(x), and their gradients.
func (f *file) activations() {
	k := f.kernel("quickGELU", "(dst, x *float32, n int)", "is dst[i] = x[i] · σ(1.702 x[i]).")
	k.each("dst! x", func(c lanes) {
		v := c.in("x")
		c.op(fmul, v, v, c.sigmoid(v))
		c.out(v, "dst")
	})
	k.end()

	k = f.kernel("quickGELUGrad", "(dx, dy, x *float32, n int)",
		"is dx[i] = dy[i] · σ · (1 + 1.702 x[i] (1 − σ)), σ = σ(1.702 x[i]).")
	k.each("dx! dy x", func(c lanes) {
		v := c.in("x")
		sigma := c.sigmoid(v)
		rest, one := c.constant(1), c.constant(1)
		c.op(fsub, rest, rest, sigma)
		c.op(fmul, v, v, c.constant(1.702))
		c.op(fmla, one, v, rest) // v·rest + 1
		c.op(fmul, one, one, sigma)
		c.op(fmul, one, one, c.in("dy"))
		c.out(one, "dx")
	})
	k.end()

	k = f.kernel("gelu", "(dst, x *float32, n int)",
		"is dst[i] = x[i] · Φ(x[i]), Φ the normal distribution.")
	k.each("dst! x", func(c lanes) {
		v := c.in("x")
		phi, _ := c.normal(v)
		c.op(fmul, v, v, phi)
		c.out(v, "dst")
	})
	k.end()

	k = f.kernel("geluGrad", "(dx, dy, x *float32, n int)",
		"is dx[i] = dy[i] · (Φ(x[i]) + x[i] φ(x[i])), φ the normal density.")
	k.each("dx! dy x", func(c lanes) {
		v := c.in("x")
		phi, e := c.normal(v)
		c.op(fmul, e, e, c.constant(1/math.Sqrt(2*math.Pi)))
		c.op(fmla, phi, v, e)
		c.op(fmul, phi, phi, c.in("dy"))
		c.out(phi, "dx")
	})
	k.end()
}

// sigmoid is 1 / (1 + exp(−1.702 x)).
func (c lanes) sigmoid(x vec) vec {
	z := c.constant(-1.702)
	c.op(fmul, z, x, z)
	z = c.exp(z)
	one := c.constant(1)
	c.op(fadd, z, one, z)
	c.op(fdiv, z, one, z)
	c.free(one)
	return z
}

// exp is eˣ, within 2 units in the last place; x is given back.
//
//	n = round(x / ln 2), r = x − n ln 2 (in two parts), eˣ = 2ⁿ Σ rᵏ/k! up to k = 7
//
// |r| ≤ ½ ln 2, so the terms left out are below 5e-9. 2ⁿ is multiplied in two factors, so that
// results below the smallest normal number are right too. NaN stays NaN, ±Inf give +Inf and 0.
func (c lanes) exp(x vec) vec {
	limit := c.constant(89)
	c.op(fmin, x, x, limit)
	c.free(limit)
	limit = c.constant(-104)
	c.op(fmax, x, x, limit)
	c.free(limit)
	n, nf := c.constant(1.44269504088896341), c.temp()
	c.op(fmul, n, x, n)
	c.op1(fcvtns, n, n)
	c.op1(scvtf, nf, n)
	for _, part := range []float64{0.693359375, -2.12194440054690583e-4} { // ln 2, 9 bits first
		t := c.constant(part)
		c.op(fmls, x, nf, t)
		c.free(t)
	}
	c.free(nf)
	p := c.constant(1.0 / 5040)
	for _, a := range []float64{1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1} {
		t := c.constant(a)
		c.op(fmla, t, p, x)
		c.free(p)
		p = t
	}
	half, bias := c.temp(), c.constantBits(127)
	c.shiftRight(half, n, 1)
	c.op(sub, n, n, half)
	for _, m := range []vec{half, n} {
		c.op(add, m, m, bias)
		c.shiftLeft(m, m, 23)
		c.op(fmul, p, p, m)
	}
	c.free(half, bias, n, x)
	return p
}

// upper are the coefficients of S, a polynomial in t = 1/(1 + z/2) with
//
//	½ erfc(z) = exp(−z²) · t · S(t) for z ≥ 0
//
// as in the kernels of amd64 (gen/gelu.go), where they are explained.
var upper = []float64{0.14104027225374502, 0.14124400209886567, 0.12110940789189821,
	0.10320751641213075, -0.01794570576855234, 0.14603042880485673, -0.24990684619818376,
	0.1454060598441948, -0.030185158404226982}

// normal is Φ(x), and exp(−x²/2) on the way.
func (c lanes) normal(x vec) (phi, e vec) {
	e = c.constant(-0.5)
	c.op(fmul, e, x, e)
	c.op(fmul, e, x, e)
	e = c.exp(e)
	size, t, slope := c.constantBits(math.MaxInt32), c.constant(1), c.constant(math.Sqrt2/4)
	c.op(and, size, x, size)   // |x|
	c.op(fmla, t, size, slope) // 1 + z/2, z = |x|/√2
	c.free(size, slope)
	one := c.constant(1)
	c.op(fdiv, t, one, t)
	sum := c.constant(upper[len(upper)-1])
	for i := len(upper) - 2; i >= 0; i-- {
		next := c.constant(upper[i])
		c.op(fmla, next, sum, t)
		c.free(sum)
		sum = next
	}
	c.op(fmul, sum, t, sum)
	c.op(fmul, sum, e, sum) // Φ(−|x|)
	// sum where x is negative, 1 − sum elsewhere: the sign bit spread over the lane chooses.
	negative := c.temp()
	c.shiftRight(negative, x, 31)
	c.op(fsub, one, one, sum)
	c.op(bit, one, sum, negative)
	c.free(negative, sum, t)
	return one, e
}

// adamW: one step of AdamW (Loshchilov and Hutter 2019) on one parameter.
func (f *file) adamW() {
	k := f.kernel("adamW", "(w, m, v, dw *float32, n int, c *float32)",
		"is, with c = {scale of dw, β₁, 1−β₁, β₂, 1−β₂, 1/√(1−β₂ᵗ), ε, lr/(1−β₁ᵗ), 1−lr·decay}:\n"+
			"g = c₀·dw; m = c₁m + c₂g; v = c₃v + c₄g²; w = c₈w − c₇ m / (√v·c₅ + ε).")
	settings := k.param("c")
	var s [9]vec
	for i := range s {
		s[i] = k.keep()
		k.line("FMOVS %d(%s), F%d", 4*i, settings, s[i])
		k.spread(s[i], s[i], 0)
	}
	k.each("w! m! v! dw", func(c lanes) {
		grad := c.in("dw")
		c.op(fmul, grad, grad, s[0])
		mean := c.in("m")
		c.op(fmul, mean, mean, s[1])
		c.op(fmla, mean, grad, s[2])
		c.out(mean, "m")
		c.op(fmul, grad, grad, grad)
		square := c.in("v")
		c.op(fmul, square, square, s[3])
		c.op(fmla, square, grad, s[4])
		c.out(square, "v")
		c.op1(fsqrt, square, square)
		divisor := c.temp()
		c.copy(divisor, s[6])
		c.op(fmla, divisor, square, s[5])
		c.op(fdiv, mean, mean, divisor)
		weight := c.in("w")
		c.op(fmul, weight, weight, s[8])
		c.op(fmls, weight, mean, s[7])
		c.out(weight, "w")
	})
	k.end()
}
