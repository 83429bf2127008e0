// Command gen writes the assembly of package simd. Run it by
// `go generate ./lab/pixels/jpeg/simd`.
package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	inverse()
	rgb()
	widen()
	widenBoth()
	Generate()
}

// begin opens a function and loads its pointers and numbers.
func begin(name, signature string, params ...string) []Register {
	TEXT(name, NOSPLIT, signature)
	Doc(name + " is described at the function without the suffix.")
	Pragma("noescape")
	regs := make([]Register, len(params))
	for i, p := range params {
		regs[i] = Load(Param(p), GP64())
	}
	return regs
}

// tables are the constants in memory, by their content.
var tables = map[string]Mem{}

// dwords is the same number eight times, in memory.
func dwords(v int32) Mem {
	return table(fmt.Sprintf("d%x", uint32(v)), [8]uint32{
		uint32(v), uint32(v), uint32(v), uint32(v), uint32(v), uint32(v), uint32(v), uint32(v)})
}

// pairs is the pair of 16-bit numbers eight times, the first in the lower half.
func pairs(low, high int16) Mem { return dwords(int32(high)<<16 | int32(uint16(low))) }

// bytesTwice is a pattern for VPSHUFB, in both halves.
func bytesTwice(name string, order [16]byte) Mem {
	var v [8]uint32
	for i := range v {
		for b := range 4 {
			v[i] |= uint32(order[i%4*4+b]) << (8 * b)
		}
	}
	return table(name, v)
}

func table(name string, values [8]uint32) Mem {
	if m, ok := tables[name]; ok {
		return m
	}
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i, v := range values {
		DATA(4*i, U32(v))
	}
	tables[name] = m
	return m
}

// sub is a − b, sum a + b, times a · constant, in new registers.
func sub(a, b VecVirtual) VecVirtual { r := YMM(); VPSUBD(b, a, r); return r }
func sum(a, b VecVirtual) VecVirtual { r := YMM(); VPADDD(b, a, r); return r }
func times(a VecVirtual, c int32) VecVirtual {
	r := YMM()
	VPMULLD(dwords(c), a, r)
	return r
}

// lines is jpeg.lines on eight lines at once: x[i] holds value i of each.
func lines(x [8]VecVirtual) (y [8]VecVirtual) {
	z := times(sum(x[2], x[6]), 4433)
	e2 := sum(z, times(x[6], -15137))
	e3 := sum(z, times(x[2], 6270))
	e0, e1 := sum(x[0], x[4]), sub(x[0], x[4])
	VPSLLD(U8(13), e0, e0)
	VPSLLD(U8(13), e1, e1)
	a0, a3, a1, a2 := sum(e0, e3), sub(e0, e3), sum(e1, e2), sub(e1, e2)

	s73, s51 := sum(x[7], x[3]), sum(x[5], x[1])
	z5 := times(sum(s73, s51), 9633)
	z3 := sum(z5, times(s73, -16069))
	z4 := sum(z5, times(s51, -3196))
	z1 := times(sum(x[7], x[1]), -7373)
	z2 := times(sum(x[5], x[3]), -20995)
	b0 := sum(times(x[7], 2446), sum(z1, z3))
	b1 := sum(times(x[5], 16819), sum(z2, z4))
	b2 := sum(times(x[3], 25172), sum(z2, z3))
	b3 := sum(times(x[1], 12299), sum(z1, z4))
	y[0], y[7] = sum(a0, b3), sub(a0, b3)
	y[1], y[6] = sum(a1, b2), sub(a1, b2)
	y[2], y[5] = sum(a2, b1), sub(a2, b1)
	y[3], y[4] = sum(a3, b0), sub(a3, b0)
	return y
}

// transpose swaps lines and values.
func transpose(x [8]VecVirtual) (y [8]VecVirtual) {
	var a, b [8]VecVirtual
	for i := range 4 {
		a[2*i], a[2*i+1] = YMM(), YMM()
		VPUNPCKLDQ(x[2*i+1], x[2*i], a[2*i])
		VPUNPCKHDQ(x[2*i+1], x[2*i], a[2*i+1])
	}
	for i := range 2 {
		for j := range 2 {
			low, high := YMM(), YMM()
			VPUNPCKLQDQ(a[4*i+2+j], a[4*i+j], low)
			VPUNPCKHQDQ(a[4*i+2+j], a[4*i+j], high)
			b[4*i+2*j], b[4*i+2*j+1] = low, high
		}
	}
	for i := range 4 {
		y[i], y[i+4] = YMM(), YMM()
		VPERM2I128(U8(0x20), b[i+4], b[i], y[i])
		VPERM2I128(U8(0x31), b[i+4], b[i], y[i+4])
	}
	return y
}

// inverse works on 32-bit values, a register for each line of eight.
func inverse() {
	p := begin("inverseAVX2", "func(dst *byte, stride int, coefficients *int16)",
		"dst", "stride", "coefficients")
	dst, stride, in := p[0], p[1], p[2]
	var x [8]VecVirtual
	for i := range x {
		x[i] = YMM()
		VPMOVSXWD(Mem{Base: in, Disp: 16 * i}, x[i])
	}
	y := lines(x)
	for _, v := range y {
		VPADDD(dwords(1<<10), v, v)
		VPSRAD(U8(11), v, v)
	}
	y = lines(transpose(y))
	for _, v := range y {
		VPADDD(dwords(1<<17+128<<18), v, v)
		VPSRAD(U8(18), v, v)
	}
	var halves [2]VecVirtual
	for i := range halves {
		a, b := y[4*i], y[4*i+2]
		VPACKSSDW(y[4*i+1], a, a)
		VPACKSSDW(y[4*i+3], b, b)
		VPACKUSWB(b, a, a)
		VPSHUFB(bytesTwice("square",
			[16]byte{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}), a, a)
		halves[i] = a
	}
	low, high := YMM(), YMM()
	VPUNPCKLDQ(halves[1], halves[0], low)  // lines 0, 1, 4, 5
	VPUNPCKHDQ(halves[1], halves[0], high) // lines 2, 3, 6, 7
	for range 2 {
		for _, v := range []VecVirtual{low, high} {
			VMOVQ(v.AsX(), Mem{Base: dst})
			VPEXTRQ(U8(1), v.AsX(), Mem{Base: dst, Index: stride, Scale: 1})
			LEAQ(Mem{Base: dst, Index: stride, Scale: 2}, dst)
			VEXTRACTI128(U8(1), v, v.AsX())
		}
	}
	VZEROUPPER()
	RET()
}
