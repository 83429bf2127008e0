package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// narrow stores 16 numbers of 32 bits in fewer bytes each, without a mask: dst has room for whole
// groups of 16, and lanes that do not exist are zero.
func (c lanes) narrow(v VecVirtual, p Register, bytes int) {
	m := Mem{Base: p, Index: c.index, Scale: uint8(bytes), Disp: 8 * bytes * c.half}
	if c.wide() {
		if bytes == 2 {
			VPMOVDW(v, m)
		} else {
			VPMOVDB(v, m)
		}
		return
	}
	low, high := v.AsX(), XMM()
	VEXTRACTI128(Imm(1), v, high)
	VPACKUSDW(high, low, low)
	if bytes == 2 {
		VMOVDQU(low, m)
		return
	}
	VPACKUSWB(low, low, low)
	VMOVQ(low, m)
}

// toBF16 rounds to nearest, ties to even; NaN keeps its leading bits.
func (s isa) toBF16() {
	s.text("toBF16", "(dst, x *float32, n int)",
		"is dst[i] = bfloat16(x[i]), two in a word, with zeros up to a multiple of 16.")
	dst, x, n := param("dst"), param("x"), param("n")
	s.each(n, func(c lanes) {
		v, r := c.load(x), s.reg()
		VPSRLD(Imm(16), v, r)
		s.and(constBits(1), r, r)
		VPADDD(constBits(0x7fff), r, r)
		if s.wide() {
			number := K()
			VCMPPS(Imm(7), v, v, number) // ordered: not NaN
			VPADDD(v, r, number, v)
		} else {
			number := s.reg()
			VCMPPS(Imm(7), v, v, number)
			VPAND(number, r, r)
			VPADDD(r, v, v)
		}
		VPSRLD(Imm(16), v, v)
		c.narrow(v, dst, 2)
	})
	end()
}

// rowRange prepares the rounding of a row to 8 bits. poison is NaN when NaN or Inf is among x.
func (s isa) rowRange() {
	s.text("rowRange", "(x *float32, n int) (lo, hi, poison float32)",
		"is lo = min(0, x), hi = max(0, x) and poison = Σ 0·x[i].")
	x, n := param("x"), param("n")
	lo, hi, sum, zero := s.zeros(), s.zeros(), s.zeros(), s.reg()
	s.clear(zero)
	s.each(n, func(c lanes) {
		v := c.load(x) // masked lanes load as 0, which counts anyway
		VMINPS(v, lo[c.half], lo[c.half])
		VMAXPS(v, hi[c.half], hi[c.half])
		VFMADD231PS(zero, v, sum[c.half])
	})
	Store(s.fold(lo, VMINPS).AsX(), Return("lo"))
	Store(s.fold(hi, VMAXPS).AsX(), Return("hi"))
	Store(s.fold(sum, VADDPS).AsX(), Return("poison"))
	end()
}

// toU8 rounds to nearest, ties to even, and saturates.
func (s isa) toU8() {
	s.text("toU8", "(dst, x *float32, inverse float32, zero int32, n int)",
		"is dst[i] = uint8(round(inverse·x[i]) + zero), four in a word, up to a multiple of 16.")
	dst, x, n := param("dst"), param("x"), param("n")
	inverse, zero := s.scalar("inverse"), s.scalar("zero")
	s.each(n, func(c lanes) {
		v, bound := c.load(x), s.reg()
		VMULPS(inverse, v, v)
		VCVTPS2DQ(v, v)
		VPADDD(zero, v, v)
		s.clear(bound)
		VPMAXSD(bound, v, v)
		VPMINSD(constBits(255), v, v)
		c.narrow(v, dst, 1)
	})
	end()
}

// dequantize turns the whole sums of a product of bytes into numbers.
func (s isa) dequantize() {
	s.text("dequantize", "(c *float32, ldc int, scale *float32, zero *int32, columnScale *float32, "+
		"columnSum *int32, bias *float32, rows, n int)",
		"is, c holding int32 before, c[i·ldc+j] =\n"+
			"(c[i·ldc+j] − zero[i]·columnSum[j]) · (scale[i]·columnScale[j]) + bias[j], i < rows, j < n.")
	c, ldc, rows := param("c"), strideBytes("ldc"), param("rows")
	scale, zero := param("scale"), param("zero")
	columnScale, columnSum, bias := param("columnScale"), param("columnSum"), param("bias")
	row := label("row")
	Label(row)
	rowScale, rowZero := s.reg(), s.reg()
	VBROADCASTSS(Mem{Base: scale}, rowScale)
	VBROADCASTSS(Mem{Base: zero}, rowZero)
	n := param("n")
	s.each(n, func(l lanes) {
		v := l.load(columnSum)
		VPMULLD(rowZero, v, v)
		whole := l.load(c)
		VPSUBD(v, whole, whole)
		VCVTDQ2PS(whole, whole)
		factor := l.load(columnScale)
		VMULPS(rowScale, factor, factor)
		VFMADD213PS(l.load(bias), factor, whole)
		l.store(whole, c)
	})
	ADDQ(Imm(4), scale)
	ADDQ(Imm(4), zero)
	ADDQ(ldc, c)
	DECQ(rows)
	JNE(LabelRef(row))
	end()
}

// finish carries sums through the activation to where they belong.
func (s isa) finish() {
	for _, a := range []struct {
		name, formula string
		f             func(VecVirtual) VecVirtual
	}{
		{"Identity", "x", func(v VecVirtual) VecVirtual { return v }},
		{"QuickGELU", "x · σ(1.702 x)", func(v VecVirtual) VecVirtual {
			sigma := s.sigmoid(v)
			VMULPS(v, sigma, sigma)
			return sigma
		}},
		{"GELU", "x · Φ(x)", func(v VecVirtual) VecVirtual {
			phi, _ := s.normal(v)
			VMULPS(v, phi, phi)
			return phi
		}},
		{"ReLU", "max(0, x)", func(v VecVirtual) VecVirtual {
			zero := s.reg()
			s.clear(zero)
			VMAXPS(v, zero, v) // NaN stays
			return v
		}},
	} {
		s.text("finish"+a.name, "(dst *float32, ldd int, x *float32, ldx int, residual *float32, "+
			"ldr, rows, n int)", "is dst[i·ldd+j] = f(x[i·ldx+j]) + residual[i·ldr+j], i < rows, "+
			"j < n,\nwith f(x) = "+a.formula+".")
		dst, x, residual := param("dst"), param("x"), param("residual")
		ldd, ldx, ldr := strideBytes("ldd"), strideBytes("ldx"), strideBytes("ldr")
		rows := param("rows")
		row := label("row")
		Label(row)
		n := param("n")
		s.each(n, func(c lanes) {
			v := a.f(c.load(x))
			VADDPS(c.load(residual), v, v)
			c.store(v, dst)
		})
		ADDQ(ldd, dst)
		ADDQ(ldx, x)
		ADDQ(ldr, residual)
		DECQ(rows)
		JNE(LabelRef(row))
		end()
	}
}
