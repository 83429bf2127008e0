package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// lanes is one register's worth of an array: where the loop stands, and in the tail which lanes
// exist.
type lanes struct {
	isa
	half  int
	index Register
	tail  bool
	mask  VecVirtual // AVX2
	k     Register   // AVX-512
}

// each runs body over n elements of the arrays, a register at a time, then once more with a
// mask over what is left. Masked lanes load as zero and are not stored.
func (s isa) each(n Register, body func(c lanes)) {
	i, left := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, left)
	full, tail, done := label("full"), label("tail"), label("done")
	Label(full)
	CMPQ(left, Imm(16))
	JL(LabelRef(tail))
	for h := range s.halves {
		body(lanes{isa: s, half: h, index: i})
	}
	ADDQ(Imm(16), i)
	SUBQ(Imm(16), left)
	JMP(LabelRef(full))
	Label(tail)
	TESTQ(left, left)
	JE(LabelRef(done))
	s.tailBody(i, left, body)
	Label(done)
}

func (s isa) tailBody(i, left Register, body func(c lanes)) {
	if s.wide() {
		bits, k := GP64(), K()
		MOVQ(U32(0xffff), bits)
		// bits = 0xffff >> (16 − left), by way of BZHI.
		BZHIQ(left, bits, bits)
		KMOVW(bits.As32(), k)
		body(lanes{isa: s, index: i, tail: true, k: k})
		return
	}
	at, window := GP64(), GP64()
	MOVQ(U32(16), at)
	SUBQ(left, at)
	LEAQ(maskWindow(), window)
	for h := range s.halves {
		m := YMM()
		VMOVUPS(Mem{Base: window, Index: at, Scale: 4, Disp: 32 * h}, m)
		body(lanes{isa: s, half: h, index: i, tail: true, mask: m})
	}
}

func (c lanes) mem(p Register) Mem {
	return Mem{Base: p, Index: c.index, Scale: 4, Disp: c.bytes * c.half}
}

// load reads the lanes of the array at p.
func (c lanes) load(p Register) VecVirtual {
	v := c.reg()
	switch {
	case !c.tail:
		VMOVUPS(c.mem(p), v)
	case c.wide():
		VMOVUPS_Z(c.mem(p), c.k, v)
	default:
		VMASKMOVPS(c.mem(p), c.mask, v)
	}
	return v
}

// store writes the lanes to the array at p.
func (c lanes) store(v VecVirtual, p Register) {
	switch {
	case !c.tail:
		VMOVUPS(v, c.mem(p))
	case c.wide():
		VMOVUPS(v, c.k, c.mem(p))
	default:
		VMASKMOVPS(v, c.mask, c.mem(p))
	}
}

// zeroTail clears lanes that do not exist, before they enter a sum.
func (c lanes) zeroTail(v VecVirtual) {
	switch {
	case !c.tail:
	case c.wide():
		VMOVAPS_Z(v, c.k, v)
	default:
		VANDPS(c.mask, v, v)
	}
}

// keepTail writes v into acc where lanes exist.
func (c lanes) keepTail(v, acc VecVirtual) {
	switch {
	case !c.tail:
		VMOVAPS(v, acc)
	case c.wide():
		VMOVAPS(v, c.k, acc)
	default:
		VBLENDVPS(c.mask, v, acc, acc)
	}
}

// fold joins 16 lanes to one by op, always in the same tree, and leaves it in the lowest lane.
func (s isa) fold(acc []VecVirtual, op func(...Op)) VecVirtual {
	y, x, t := YMM(), XMM(), XMM()
	if s.wide() {
		VEXTRACTF32X8(Imm(1), acc[0], y)
		op(acc[0].AsY(), y, y)
	} else {
		op(acc[0], acc[1], y)
	}
	VEXTRACTF128(Imm(1), y, x)
	op(y.AsX(), x, x)
	VMOVHLPS(x, x, t)
	op(t, x, x)
	VMOVSHDUP(x, t)
	op(t, x, x)
	return x
}
