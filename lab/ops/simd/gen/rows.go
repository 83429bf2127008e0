package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// softmax makes three passes over a row that stays in the first cache.
func (s isa) softmax() {
	s.text("softmaxRow", "(dst, x *float32, alpha float32, n int) (top, sum float32)",
		"is dst[i] = exp(alpha·(x[i] − top)) / sum, top the largest x[i]. alpha > 0.")
	dst, x, n := param("dst"), param("x"), param("n")
	acc := s.filled(func(v VecVirtual) { VMOVUPS(constant(math.Inf(-1)), v) })
	s.each(n, func(c lanes) {
		v := c.load(x)
		VMAXPS(v, acc[c.half], v)
		c.keepTail(v, acc[c.half])
	})
	largest := s.fold(acc, VMAXPS)
	Store(largest.AsX(), Return("top"))
	top, alpha := s.spread(largest), s.scalar("alpha")
	total := s.zeros()
	s.each(n, func(c lanes) {
		v := c.load(x)
		VSUBPS(top, v, v)
		VMULPS(alpha, v, v)
		s.exp(v)
		c.zeroTail(v)
		c.store(v, dst)
		VADDPS(v, total[c.half], total[c.half])
	})
	sum := s.fold(total, VADDPS)
	Store(sum.AsX(), Return("sum"))
	one := XMM()
	VMOVSS(constant(1), one)
	VDIVSS(sum.AsX(), one, one)
	share := s.spread(one)
	s.each(n, func(c lanes) {
		v := c.load(dst)
		VMULPS(share, v, v)
		c.store(v, dst)
	})
	end()
}

// softmaxTile is softmax of the rows of a tile, which have room for whole registers: all stores
// are whole, and loads that follow find them at once.
func (s isa) softmaxTile() {
	s.text("softmaxTile", "(x *float32, ldx int, alpha float32, rows, n, more, wide int)",
		"is softmaxRow of the first n + i·more of row i, at x[i·ldx], i < rows, in place,\n"+
			"and zero from there up to wide, a multiple of 16.")
	x, ldx, rows, n := param("x"), strideBytes("ldx"), param("rows"), param("n")
	alpha := s.scalar("alpha")
	row := label("row")
	Label(row)
	acc := s.filled(func(v VecVirtual) { VMOVUPS(constant(math.Inf(-1)), v) })
	s.each(n, func(c lanes) {
		v := c.load(x)
		VMAXPS(v, acc[c.half], v)
		c.keepTail(v, acc[c.half])
	})
	top, total := s.spread(s.fold(acc, VMAXPS)), s.zeros()
	s.each(n, func(c lanes) {
		v := c.load(x)
		VSUBPS(top, v, v)
		VMULPS(alpha, v, v)
		s.exp(v)
		c.zeroTail(v)
		VMOVUPS(v, c.mem(x))
		VADDPS(v, total[c.half], total[c.half])
	})
	one := XMM()
	VMOVSS(constant(1), one)
	VDIVSS(s.fold(total, VADDPS).AsX(), one, one)
	share := s.spread(one)
	i, end := GP64(), GP64()
	XORQ(i, i)
	c := lanes{isa: s, index: i}
	scale, zero, next := label("scale"), label("zero"), label("next")
	Label(scale)
	for c.half = range s.halves {
		v := s.reg()
		VMULPS(c.mem(x), share, v)
		VMOVUPS(v, c.mem(x))
	}
	ADDQ(Imm(16), i)
	CMPQ(i, n)
	JL(LabelRef(scale))
	none := s.reg()
	s.clear(none)
	Load(Param("wide"), end)
	Label(zero)
	CMPQ(i, end)
	JGE(LabelRef(next))
	for c.half = range s.halves {
		VMOVUPS(none, c.mem(x))
	}
	ADDQ(Imm(16), i)
	JMP(LabelRef(zero))
	Label(next)
	ADDQ(ldx, x)
	more := GP64()
	Load(Param("more"), more)
	ADDQ(more, n)
	DECQ(rows)
	JNE(LabelRef(row))
	VZEROUPPER()
	RET()
}

func (s isa) softmaxGrad() {
	s.text("softmaxGradRow", "(dx, dy, p *float32, alpha float32, n int)",
		"is dx[i] = alpha · p[i] · (dy[i] − Σ dy·p).")
	dx, dy, p, n := param("dx"), param("dy"), param("p"), param("n")
	acc := s.zeros()
	s.each(n, func(c lanes) { VFMADD231PS(c.load(dy), c.load(p), acc[c.half]) })
	mean, alpha := s.spread(s.fold(acc, VADDPS)), s.scalar("alpha")
	s.each(n, func(c lanes) {
		v := c.load(dy)
		VSUBPS(mean, v, v)
		VMULPS(c.load(p), v, v)
		VMULPS(alpha, v, v)
		c.store(v, dx)
	})
	end()
}

// count is n as float32 in the lowest lane.
func count(n Register) VecVirtual {
	x := XMM()
	VXORPS(x, x, x)
	VCVTSI2SSQ(n, x, x)
	return x
}

func (s isa) layerNorm() {
	s.text("layerNormRow", "(dst, x, gamma, beta *float32, n int, eps float32, stats *float32)",
		"is dst[i] = (x[i] − μ)/σ · gamma[i] + beta[i], σ² = mean (x − μ)² + eps;\n"+
			"stats = {μ, 1/σ}.")
	x, n := param("x"), param("n")
	acc := s.zeros()
	s.each(n, func(c lanes) { VADDPS(c.load(x), acc[c.half], acc[c.half]) })
	size, mu := count(n), s.fold(acc, VADDPS)
	VDIVSS(size.AsX(), mu.AsX(), mu.AsX())
	stats := param("stats")
	VMOVSS(mu.AsX(), Mem{Base: stats})
	mean := s.spread(mu)
	squares := s.zeros()
	s.each(n, func(c lanes) {
		v := c.load(x)
		VSUBPS(mean, v, v)
		c.zeroTail(v)
		VFMADD231PS(v, v, squares[c.half])
	})
	variance, eps := s.fold(squares, VADDPS).AsX(), XMM()
	VDIVSS(size.AsX(), variance, variance)
	Load(Param("eps"), eps)
	VADDSS(eps, variance, variance)
	VSQRTSS(variance, variance, variance)
	inverse := XMM()
	VMOVSS(constant(1), inverse)
	VDIVSS(variance, inverse, inverse)
	VMOVSS(inverse, Mem{Base: stats, Disp: 4})
	rstd := s.spread(inverse)
	dst, gamma, beta := param("dst"), param("gamma"), param("beta")
	s.each(n, func(c lanes) {
		v := c.load(x)
		VSUBPS(mean, v, v)
		VMULPS(rstd, v, v)
		VFMADD213PS(c.load(beta), c.load(gamma), v)
		c.store(v, dst)
	})
	end()
}

func (s isa) layerNormGrad() {
	s.text("layerNormGradRow", "(dx, dy, x, gamma *float32, n int, stats *float32)",
		"is dx = (g − mean g − x̂ · mean(g·x̂))/σ, with g = dy·gamma, x̂ = (x − μ)/σ.")
	dy, x, gamma, n := param("dy"), param("x"), param("gamma"), param("n")
	mean, rstd := s.statistics()
	sum, product := s.zeros(), s.zeros()
	s.each(n, func(c lanes) {
		g, xhat := c.load(dy), c.load(x)
		VMULPS(c.load(gamma), g, g)
		VSUBPS(mean, xhat, xhat)
		VMULPS(rstd, xhat, xhat)
		VADDPS(g, sum[c.half], sum[c.half])
		VFMADD231PS(g, xhat, product[c.half])
	})
	size, m1, m2 := count(n), s.fold(sum, VADDPS), s.fold(product, VADDPS)
	VDIVSS(size.AsX(), m1.AsX(), m1.AsX())
	VDIVSS(size.AsX(), m2.AsX(), m2.AsX())
	meanG, meanGX := s.spread(m1), s.spread(m2)
	dx := param("dx")
	s.each(n, func(c lanes) {
		g, xhat := c.load(dy), c.load(x)
		VMULPS(c.load(gamma), g, g)
		VSUBPS(mean, xhat, xhat)
		VMULPS(rstd, xhat, xhat)
		VSUBPS(meanG, g, g)
		VFNMADD231PS(xhat, meanGX, g)
		VMULPS(rstd, g, g)
		c.store(g, dx)
	})
	end()
}

func (s isa) layerNormParamGrad() {
	s.text("layerNormParamGradRow", "(dgamma, dbeta, dy, x *float32, n int, stats *float32)",
		"is dgamma[i] += dy[i] · (x[i] − μ)/σ and dbeta[i] += dy[i].")
	dgamma, dbeta, dy, x := param("dgamma"), param("dbeta"), param("dy"), param("x")
	mean, rstd := s.statistics()
	s.each(param("n"), func(c lanes) {
		g, xhat := c.load(dy), c.load(x)
		VSUBPS(mean, xhat, xhat)
		VMULPS(rstd, xhat, xhat)
		acc := c.load(dgamma)
		VFMADD231PS(g, xhat, acc)
		c.store(acc, dgamma)
		VADDPS(c.load(dbeta), g, g)
		c.store(g, dbeta)
	})
	end()
}

// statistics are μ and 1/σ in all lanes.
func (s isa) statistics() (mean, rstd VecVirtual) {
	stats := param("stats")
	mean, rstd = s.reg(), s.reg()
	VBROADCASTSS(Mem{Base: stats}, mean)
	VBROADCASTSS(Mem{Base: stats, Disp: 4}, rstd)
	return mean, rstd
}
