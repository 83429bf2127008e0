package simd

import "math"

// portable is the set for machines without assembly of their own: a 4×4 tile that the compiler
// keeps in registers, and plain loops for the rest.
var portable = Set{
	Name: "portable", TileColumns: 4, Tiles: portableTiles,
	Transpose: func(dst *float32, ldd int, src *float32, lds, m, n int) {
		to, from := slice(dst, (n-1)*ldd+m), slice(src, (m-1)*lds+n)
		for i := range m {
			for j := range n {
				to[j*ldd+i] = from[i*lds+j]
			}
		}
	},
	ScatterRows:    scatterRowsPortable,
	ScatterColumns: scatterColumnsPortable,
	Add: func(dst, a, b *float32, n int) {
		y, p, q := slice(dst, n), slice(a, n), slice(b, n)
		for i := range y {
			y[i] = p[i] + q[i]
		}
	},
	Axpy: func(dst, x *float32, alpha float32, n int) {
		y, p := slice(dst, n), slice(x, n)
		for i := range y {
			y[i] += alpha * p[i]
		}
	},
	Scale: func(dst, x *float32, alpha float32, n int) {
		y, p := slice(dst, n), slice(x, n)
		for i := range y {
			y[i] = alpha * p[i]
		}
	},
	Dot: func(a, b *float32, n int) (sum float32) {
		p, q := slice(a, n), slice(b, n)
		for i := range p {
			sum += p[i] * q[i]
		}
		return sum
	},
	SoftmaxRow: softmaxRowPortable, SoftmaxTile: softmaxTileOf(softmaxRowPortable),
	SoftmaxGradRow: softmaxGradRowPortable,
	QuickGELU: func(dst, x *float32, n int) {
		y, p := slice(dst, n), slice(x, n)
		for i, v := range p {
			y[i] = v * sigmoid(1.702*v)
		}
	},
	QuickGELUGrad: func(dx, dy, x *float32, n int) {
		g, dout, p := slice(dx, n), slice(dy, n), slice(x, n)
		for i, v := range p {
			s := sigmoid(1.702 * v)
			g[i] = dout[i] * s * (1 + 1.702*v*(1-s))
		}
	},
	GELU: func(dst, x *float32, n int) {
		y, p := slice(dst, n), slice(x, n)
		for i, v := range p {
			y[i] = v * normal(v)
		}
	},
	GELUGrad: func(dx, dy, x *float32, n int) {
		g, dout, p := slice(dx, n), slice(dy, n), slice(x, n)
		for i, v := range p {
			g[i] = dout[i] * (normal(v) + v*exp(-v*v/2)*(1/sqrt(2*math.Pi)))
		}
	},
	Finish: finishPortable, ToBF16: toBF16Portable, ToU8: toU8Portable, RowRange: rowRangePortable,
	Dequantize:   dequantizePortable,
	LayerNormRow: layerNormRowPortable, LayerNormGradRow: layerNormGradRowPortable,
	LayerNormParamGradRow: func(dgamma, dbeta, dy, x *float32, n int, stats *float32) {
		dg, db, g, p, st := slice(dgamma, n), slice(dbeta, n), slice(dy, n), slice(x, n), slice(stats, 2)
		for i := range g {
			dg[i] += g[i] * ((p[i] - st[0]) * st[1])
			db[i] += g[i]
		}
	},
	AdamW: func(w, m, v, dw *float32, n int, c *float32) {
		weight, mean, square, grad, k := slice(w, n), slice(m, n), slice(v, n), slice(dw, n), slice(c, 9)
		for i := range weight {
			g := k[0] * grad[i]
			mean[i] = k[1]*mean[i] + k[2]*g
			square[i] = k[3]*square[i] + k[4]*g*g
			weight[i] = k[8]*weight[i] - k[7]*mean[i]/(sqrt(square[i])*k[5]+k[6])
		}
	},
}

func scatterRowsPortable(dst *float32, stride int, src *float32, panels int) {
	to, from := slice(dst, (panels-1)*stride+4), slice(src, 4*panels)
	for j := range panels {
		copy(to[j*stride:j*stride+4], from[4*j:])
	}
}

func scatterColumnsPortable(dst *float32, stride, half int, src *float32, panels int) {
	to, from := slice(dst, (panels-1)*stride+half+16), slice(src, 32*panels)
	for j := range panels {
		copy(to[j*stride:j*stride+16], from[32*j:])
		copy(to[j*stride+half:j*stride+half+16], from[32*j+16:])
	}
}

func softmaxRowPortable(dst, x *float32, alpha float32, n int) (top, sum float32) {
	y, p := slice(dst, n), slice(x, n)
	top = float32(math.Inf(-1))
	for _, v := range p {
		top = max(top, v)
	}
	for i, v := range p {
		y[i] = exp(alpha * (v - top))
		sum += y[i]
	}
	for i := range y {
		y[i] /= sum
	}
	return top, sum
}

func softmaxTileOf(row func(dst, x *float32, alpha float32, n int) (top, sum float32)) func(
	x *float32, ldx int, alpha float32, rows, n, more, wide int) {
	return func(x *float32, ldx int, alpha float32, rows, n, more, wide int) {
		for i := range rows {
			p, seen := at(x, i*ldx), n+more*i
			row(p, p, alpha, seen)
			clear(slice(p, wide)[seen:])
		}
	}
}

func softmaxGradRowPortable(dx, dy, p *float32, alpha float32, n int) {
	out, g, q := slice(dx, n), slice(dy, n), slice(p, n)
	var mean float32
	for i := range g {
		mean += g[i] * q[i]
	}
	for i := range g {
		out[i] = alpha * q[i] * (g[i] - mean)
	}
}

func layerNormRowPortable(dst, x, gamma, beta *float32, n int, eps float32, stats *float32) {
	y, p, g, b, st := slice(dst, n), slice(x, n), slice(gamma, n), slice(beta, n), slice(stats, 2)
	var mean, variance float32
	for _, v := range p {
		mean += v
	}
	mean /= float32(n)
	for _, v := range p {
		variance += (v - mean) * (v - mean)
	}
	inverse := 1 / sqrt(variance/float32(n)+eps)
	for i, v := range p {
		y[i] = (v-mean)*inverse*g[i] + b[i]
	}
	st[0], st[1] = mean, inverse
}

func layerNormGradRowPortable(dx, dy, x, gamma *float32, n int, stats *float32) {
	out, d, p, gain, st := slice(dx, n), slice(dy, n), slice(x, n), slice(gamma, n), slice(stats, 2)
	var meanG, meanGX float32
	for i := range d {
		g := d[i] * gain[i]
		meanG += g
		meanGX += g * (p[i] - st[0]) * st[1]
	}
	meanG, meanGX = meanG/float32(n), meanGX/float32(n)
	for i := range d {
		out[i] = (d[i]*gain[i] - meanG - (p[i]-st[0])*st[1]*meanGX) * st[1]
	}
}

func sigmoid(x float32) float32 { return 1 / (1 + exp(-x)) }
func exp(x float32) float32     { return float32(math.Exp(float64(x))) }
func normal(x float32) float32  { return float32(math.Erfc(-float64(x)/math.Sqrt2) / 2) }
func sqrt(x float32) float32    { return float32(math.Sqrt(float64(x))) }
