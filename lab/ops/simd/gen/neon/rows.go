package main

import "math"

// softmax makes three passes over a row that stays in the first cache.
func (f *file) softmax() {
	k := f.kernel("softmaxRow", "(dst, x *float32, alpha float32, n int) (top, sum float32)",
		"is dst[i] = exp(alpha·(x[i] − top)) / sum, top the largest x[i]. alpha > 0.")
	acc := k.zeros()
	low := k.constant(math.Inf(-1))
	for _, v := range acc {
		k.copy(v, low)
	}
	k.free(low)
	k.each("x", func(c lanes) {
		v := c.in("x")
		c.op(fmax, v, v, acc[c.quarter])
		c.keepTail(v, acc[c.quarter])
	})
	top := k.fold(acc, fmax)
	k.result("top", top)
	k.spread(top, top, 0)
	alpha, total := k.scalar("alpha"), k.zeros()
	k.each("dst! x", func(c lanes) {
		v := c.in("x")
		c.op(fsub, v, v, top)
		c.op(fmul, v, v, alpha)
		v = c.exp(v)
		c.zeroTail(v)
		c.out(v, "dst")
		c.op(fadd, total[c.quarter], total[c.quarter], v)
	})
	sum := k.fold(total, fadd)
	k.result("sum", sum)
	share := k.inverse(sum)
	k.each("dst!", func(c lanes) {
		v := c.in("dst")
		c.op(fmul, v, v, share)
		c.out(v, "dst")
	})
	k.end()
}

// inverse is 1/x of the lowest lane, in all lanes; x is overwritten.
func (k *kernel) inverse(x vec) vec {
	one := k.constant(1)
	k.line("FDIVS F%d, F%d, F%d", x, one, x)
	k.spread(x, x, 0)
	k.free(one)
	return x
}

func (f *file) softmaxGrad() {
	k := f.kernel("softmaxGradRow", "(dx, dy, p *float32, alpha float32, n int)",
		"is dx[i] = alpha · p[i] · (dy[i] − Σ dy·p).")
	acc := k.zeros()
	k.each("dy p", func(c lanes) { c.op(fmla, acc[c.quarter], c.in("dy"), c.in("p")) })
	mean, alpha := k.fold(acc, fadd), k.scalar("alpha")
	k.spread(mean, mean, 0)
	k.each("dx! dy p", func(c lanes) {
		v := c.in("dy")
		c.op(fsub, v, v, mean)
		c.op(fmul, v, v, c.in("p"))
		c.op(fmul, v, v, alpha)
		c.out(v, "dx")
	})
	k.end()
}

// mean divides the lowest lane of sum by n and spreads it.
func (k *kernel) mean(sum vec) vec {
	size := k.temp()
	k.line("MOVD n+%d(FP), %s", k.offset["n"], left)
	k.line("SCVTFS %s, F%d", left, size)
	k.line("FDIVS F%d, F%d, F%d", size, sum, sum)
	k.free(size)
	k.spread(sum, sum, 0)
	return sum
}

func (f *file) layerNorm() {
	k := f.kernel("layerNormRow",
		"(dst, x, gamma, beta *float32, n int, eps float32, stats *float32)",
		"is dst[i] = (x[i] − μ)/σ · gamma[i] + beta[i], σ² = mean (x − μ)² + eps;\n"+
			"stats = {μ, 1/σ}.")
	acc := k.zeros()
	k.each("x", func(c lanes) { c.op(fadd, acc[c.quarter], acc[c.quarter], c.in("x")) })
	mean := k.mean(k.fold(acc, fadd))
	stats := k.param("stats")
	k.line("FMOVS F%d, (%s)", mean, stats)
	squares := k.zeros()
	k.each("x", func(c lanes) {
		v := c.in("x")
		c.op(fsub, v, v, mean)
		c.zeroTail(v)
		c.op(fmla, squares[c.quarter], v, v)
	})
	variance, eps := k.mean(k.fold(squares, fadd)), k.scalar("eps")
	k.op(fadd, variance, variance, eps)
	k.op1(fsqrt, variance, variance)
	rstd := k.inverse(variance)
	k.line("FMOVS F%d, 4(%s)", rstd, stats)
	k.each("dst! x gamma beta", func(c lanes) {
		v, y := c.in("x"), c.in("beta")
		c.op(fsub, v, v, mean)
		c.op(fmul, v, v, rstd)
		c.op(fmla, y, v, c.in("gamma"))
		c.out(y, "dst")
	})
	k.end()
}

func (f *file) layerNormGrad() {
	k := f.kernel("layerNormGradRow", "(dx, dy, x, gamma *float32, n int, stats *float32)",
		"is dx = (g − mean g − x̂ · mean(g·x̂))/σ, with g = dy·gamma, x̂ = (x − μ)/σ.")
	mean, rstd := k.statistics()
	parts := func(c lanes) (g, xhat vec) {
		g, xhat = c.in("dy"), c.in("x")
		c.op(fmul, g, g, c.in("gamma"))
		c.op(fsub, xhat, xhat, mean)
		c.op(fmul, xhat, xhat, rstd)
		return g, xhat
	}
	sum, product := k.zeros(), k.zeros()
	k.each("dy x gamma", func(c lanes) {
		g, xhat := parts(c)
		c.op(fadd, sum[c.quarter], sum[c.quarter], g)
		c.op(fmla, product[c.quarter], g, xhat)
	})
	meanG, meanGX := k.mean(k.fold(sum, fadd)), k.mean(k.fold(product, fadd))
	k.each("dx! dy x gamma", func(c lanes) {
		g, xhat := parts(c)
		c.op(fsub, g, g, meanG)
		c.op(fmls, g, xhat, meanGX)
		c.op(fmul, g, g, rstd)
		c.out(g, "dx")
	})
	k.end()
}

func (f *file) layerNormParamGrad() {
	k := f.kernel("layerNormParamGradRow",
		"(dgamma, dbeta, dy, x *float32, n int, stats *float32)",
		"is dgamma[i] += dy[i] · (x[i] − μ)/σ and dbeta[i] += dy[i].")
	mean, rstd := k.statistics()
	k.each("dgamma! dbeta! dy x", func(c lanes) {
		g, xhat := c.in("dy"), c.in("x")
		c.op(fsub, xhat, xhat, mean)
		c.op(fmul, xhat, xhat, rstd)
		acc := c.in("dgamma")
		c.op(fmla, acc, g, xhat)
		c.out(acc, "dgamma")
		c.op(fadd, g, g, c.in("dbeta"))
		c.out(g, "dbeta")
	})
	k.end()
}

// statistics are μ and 1/σ in all lanes.
func (k *kernel) statistics() (mean, rstd vec) {
	stats := k.param("stats")
	mean, rstd = k.keep(), k.keep()
	for i, v := range []vec{mean, rstd} {
		k.line("FMOVS %d(%s), F%d", 4*i, stats, v)
		k.spread(v, v, 0)
	}
	return mean, rstd
}
