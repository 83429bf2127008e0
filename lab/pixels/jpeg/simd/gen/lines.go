package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// blocks runs body on blocks of 16 from x to last; the last block overlaps the one before it.
func blocks(x, last Register, body func()) {
	Label("block")
	body()
	CMPQ(x, last)
	JGE(LabelRef("done"))
	ADDQ(U8(16), x)
	CMPQ(x, last)
	CMOVQGT(last, x)
	JMP(LabelRef("block"))
	Label("done")
	VZEROUPPER()
	RET()
}

// words loads 16 bytes as 16-bit numbers.
func words(m Mem) VecVirtual {
	v := YMM()
	VPMOVZXBW(m, v)
	return v
}

// fixed is (a·ca + b·cb + 2¹⁵) >> 16 of 16 numbers.
func fixed(a, b VecVirtual, ca, cb int16) VecVirtual {
	low, high := YMM(), YMM()
	VPUNPCKLWD(b, a, low)
	VPUNPCKHWD(b, a, high)
	for _, v := range []VecVirtual{low, high} {
		VPMADDWD(pairs(ca, cb), v, v)
		VPADDD(dwords(1<<15), v, v)
		VPSRAD(U8(16), v, v)
	}
	VPACKSSDW(high, low, low)
	return low
}

// rgb takes whole multiples out of the factors, so that what is left fits 16 bits:
//
//	R = y + v + (26345·v)>>16   G = y − v + (18734·v − 22554·u)>>16   B = y + 2u − (14942·u)>>16
func rgb() {
	p := begin("rgbAVX2", "func(dst, y, u, v *byte, n int)", "dst", "y", "u", "v", "n")
	x := GP64()
	XORQ(x, x)
	SUBQ(U8(16), p[4])
	middle, opaque := YMM(), YMM()
	VMOVDQU(pairs(128, 128), middle)
	VMOVDQU(pairs(255, 255), opaque)
	at := func(base Register) Mem { return Mem{Base: base, Index: x, Scale: 1} }
	blocks(x, p[4], func() {
		y, u, v := words(at(p[1])), words(at(p[2])), words(at(p[3]))
		VPSUBW(middle, u, u)
		VPSUBW(middle, v, v)
		red, green, blue := fixed(v, v, 26345, 0), fixed(u, v, -22554, 18734), fixed(u, u, -14942, 0)
		VPADDW(v, red, red)
		VPADDW(y, red, red)
		VPSUBW(v, green, green)
		VPADDW(y, green, green)
		VPADDW(u, u, u)
		VPADDW(u, blue, blue)
		VPADDW(y, blue, blue)
		store(p[0], x, red, green, blue, opaque)
	})
}

// store writes 16 pixels of four channels, clipped to bytes.
func store(dst, x Register, red, green, blue, alpha VecVirtual) {
	rg, ba, low, high := YMM(), YMM(), YMM(), YMM()
	VPACKUSWB(green, red, rg)
	VPACKUSWB(alpha, blue, ba)
	weave := bytesTwice("weave", [16]byte{0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15})
	VPSHUFB(weave, rg, rg)
	VPSHUFB(weave, ba, ba)
	VPUNPCKLWD(ba, rg, low)  // pixels 0 to 3, 8 to 11
	VPUNPCKHWD(ba, rg, high) // pixels 4 to 7, 12 to 15
	VMOVDQU(low.AsX(), Mem{Base: dst, Index: x, Scale: 4})
	VMOVDQU(high.AsX(), Mem{Base: dst, Index: x, Scale: 4, Disp: 16})
	VEXTRACTI128(U8(1), low, Mem{Base: dst, Index: x, Scale: 4, Disp: 32})
	VEXTRACTI128(U8(1), high, Mem{Base: dst, Index: x, Scale: 4, Disp: 48})
}

// doubled writes two samples for each of 16: (3s + left + roundLeft) >> shift and
// (3s + right + roundRight) >> shift.
func doubled(dst, x Register, s, left, right VecVirtual, roundLeft, roundRight int16, shift uint8) {
	VPADDW(pairs(roundLeft, roundLeft), left, left)
	VPADDW(pairs(roundRight, roundRight), right, right)
	three := YMM()
	VPADDW(s, s, three)
	VPADDW(s, three, three)
	VPADDW(three, left, left)
	VPADDW(three, right, right)
	VPSRLW(U8(shift), left, left)
	VPSRLW(U8(shift), right, right)
	VPSLLW(U8(8), right, right)
	VPOR(right, left, left)
	VMOVDQU(left, Mem{Base: dst, Index: x, Scale: 2})
}

// inner sets x and n to the first and the last block of the samples 1 to n−2.
func inner(n Register) (x Register) {
	x = GP64()
	MOVQ(U32(1), x)
	SUBQ(U8(17), n)
	return x
}

func widen() {
	p := begin("widenAVX2", "func(dst, src *byte, n int)", "dst", "src", "n")
	x := inner(p[2])
	blocks(x, p[2], func() {
		at := func(d int) VecVirtual { return words(Mem{Base: p[1], Index: x, Scale: 1, Disp: d}) }
		doubled(p[0], x, at(0), at(-1), at(1), 1, 2, 2)
	})
}

func widenBoth() {
	p := begin("widenBothAVX2", "func(dst, near, far *byte, n int)", "dst", "near", "far", "n")
	x := inner(p[3])
	blocks(x, p[3], func() {
		at := func(d int) VecVirtual {
			s, far := words(Mem{Base: p[1], Index: x, Scale: 1, Disp: d}),
				words(Mem{Base: p[2], Index: x, Scale: 1, Disp: d})
			VPADDW(s, far, far)
			VPADDW(s, s, s)
			VPADDW(far, s, s)
			return s
		}
		doubled(p[0], x, at(0), at(-1), at(1), 8, 7, 4)
	})
}
