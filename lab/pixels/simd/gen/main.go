// Command gen writes the assembly of package simd. Run it by `go generate ./lab/pixels/simd`.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	rows4()
	columns()
	Generate()
}

// table is eight numbers in memory.
func table(name string, values [8]uint32) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i, v := range values {
		DATA(4*i, U32(v))
	}
	return m
}

// half is the ½ that rounds, in fixed point, in every lane.
func half() VecVirtual {
	x := GP32()
	MOVL(U32(1<<21), x)
	h := YMM()
	VMOVD(x, h.AsX())
	VPBROADCASTD(h.AsX(), h)
	return h
}

func param(name string) Register { return Load(Param(name), GP64()) }

// rows4 keeps one sum for each of four rows. A register holds two neighbouring pixels, so two
// taps are multiplied at once; the halves are added in the end.
func rows4() {
	TEXT("rows4AVX2", NOSPLIT, "func(dst *byte, dstStride int, src *byte, srcStride int, "+
		"starts, taps *int32, pairs, n int)")
	Doc("rows4AVX2 is described at Rows4.")
	Pragma("noescape")
	dst, dstStride := param("dst"), param("dstStride")
	src, srcStride := param("src"), param("srcStride")
	starts, taps := param("starts"), param("taps")
	pairs, n := param("pairs"), param("n")
	src3, dst3 := GP64(), GP64()
	LEAQ(Mem{Base: srcStride, Index: srcStride, Scale: 2}, src3)
	LEAQ(Mem{Base: dstStride, Index: dstStride, Scale: 2}, dst3)
	spread, rounding := YMM(), half()
	VMOVDQU(table("spread", [8]uint32{0, 0, 0, 0, 1, 1, 1, 1}), spread)

	Label("output")
	TESTQ(n, n)
	JZ(LabelRef("done"))
	at, left := GP64(), GP64()
	MOVLQSX(Mem{Base: starts}, at)
	LEAQ(Mem{Base: src, Index: at, Scale: 4}, at)
	MOVQ(pairs, left)
	sums := [4]VecVirtual{YMM(), YMM(), YMM(), YMM()}
	for _, s := range sums {
		VPXOR(s, s, s)
	}
	Label("pair")
	k := YMM()
	VPBROADCASTQ(Mem{Base: taps}, k)
	VPERMD(k, spread, k)
	rows := [4]Mem{
		{Base: at}, {Base: at, Index: srcStride, Scale: 1},
		{Base: at, Index: srcStride, Scale: 2}, {Base: at, Index: src3, Scale: 1},
	}
	for r, s := range sums {
		v := YMM()
		VPMOVZXBD(rows[r], v)
		VPMULLD(k, v, v)
		VPADDD(v, s, s)
	}
	ADDQ(U8(8), taps)
	ADDQ(U8(8), at)
	DECQ(left)
	JNZ(LabelRef("pair"))

	var pixels [4]VecVirtual
	for r, s := range sums {
		pixels[r] = XMM()
		VEXTRACTI128(U8(1), s, pixels[r])
		VPADDD(s.AsX(), pixels[r], pixels[r])
		VPADDD(rounding.AsX(), pixels[r], pixels[r])
		VPSRAD(U8(22), pixels[r], pixels[r])
	}
	VPACKSSDW(pixels[1], pixels[0], pixels[0])
	VPACKSSDW(pixels[3], pixels[2], pixels[2])
	VPACKUSWB(pixels[2], pixels[0], pixels[0])
	VMOVD(pixels[0], Mem{Base: dst})
	VPEXTRD(U8(1), pixels[0], Mem{Base: dst, Index: dstStride, Scale: 1})
	VPEXTRD(U8(2), pixels[0], Mem{Base: dst, Index: dstStride, Scale: 2})
	VPEXTRD(U8(3), pixels[0], Mem{Base: dst, Index: dst3, Scale: 1})
	ADDQ(U8(4), dst)
	ADDQ(U8(4), starts)
	DECQ(n)
	JMP(LabelRef("output"))
	Label("done")
	VZEROUPPER()
	RET()
}

// columns keeps 32 sums. The last block overlaps the one before it when n is not a multiple of
// 32.
func columns() {
	TEXT("columnsAVX2", NOSPLIT, "func(dst, src *byte, stride int, taps *int32, count, n int)")
	Doc("columnsAVX2 is described at Columns.")
	Pragma("noescape")
	dst, src, stride := param("dst"), param("src"), param("stride")
	taps, count, n := param("taps"), param("count"), param("n")
	order, rounding := YMM(), half()
	VMOVDQU(table("order", [8]uint32{0, 4, 1, 5, 2, 6, 3, 7}), order)
	x, last := GP64(), GP64()
	XORQ(x, x)
	MOVQ(n, last)
	SUBQ(U8(32), last)

	Label("block")
	at, j := GP64(), GP64()
	LEAQ(Mem{Base: src, Index: x, Scale: 1}, at)
	XORQ(j, j)
	sums := [4]VecVirtual{YMM(), YMM(), YMM(), YMM()}
	for _, s := range sums {
		VMOVDQA(rounding, s)
	}
	Label("tap")
	k := YMM()
	VPBROADCASTD(Mem{Base: taps, Index: j, Scale: 4}, k)
	for i, s := range sums {
		v := YMM()
		VPMOVZXBD(Mem{Base: at, Disp: 8 * i}, v)
		VPMULLD(k, v, v)
		VPADDD(v, s, s)
	}
	ADDQ(stride, at)
	INCQ(j)
	CMPQ(j, count)
	JLT(LabelRef("tap"))
	for _, s := range sums {
		VPSRAD(U8(22), s, s)
	}
	VPACKSSDW(sums[1], sums[0], sums[0])
	VPACKSSDW(sums[3], sums[2], sums[2])
	VPACKUSWB(sums[2], sums[0], sums[0])
	VPERMD(sums[0], order, sums[0])
	VMOVDQU(sums[0], Mem{Base: dst, Index: x, Scale: 1})
	CMPQ(x, last)
	JGE(LabelRef("done"))
	ADDQ(U8(32), x)
	CMPQ(x, last)
	CMOVQGT(last, x)
	JMP(LabelRef("block"))
	Label("done")
	VZEROUPPER()
	RET()
}
