package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// product is a kind of multiplication: what a word of its operands holds, and how two words are
// multiplied and added to 16 lanes (8 in AVX2).
type product struct {
	name, words string // the kernel's name, and the element a word holds in its comment
	rows        int    // the tallest tile that its registers allow
	integers    bool   // sums are int32
	// split turns a register of B, or a broadcast word of A, into what mac takes of it.
	split func(v VecVirtual, isA bool) []VecVirtual
	// mac adds the products of a and b to acc.
	mac func(a, b []VecVirtual, acc VecVirtual)
}

// float32s are multiplied by one FMA.
func (s isa) float32s() product {
	rows := 6
	if s.wide() {
		rows = 14
	}
	return product{name: "tile", words: "one FMA each", rows: rows,
		split: func(v VecVirtual, _ bool) []VecVirtual { return []VecVirtual{v} },
		mac:   func(a, b []VecVirtual, acc VecVirtual) { VFMADD231PS(b[0], a[0], acc) }}
}

// bfloat16s are pairs: the even one in the low half of a word. Shifted or masked, each is a
// float32, and two FMAs do what VDPBF16PS does, in its order, where there is no such instruction.
func (s isa) bfloat16s() product {
	rows := 4
	if s.wide() {
		rows = 12
	}
	return product{name: "tileBF16", words: "the words pairs of bfloat16, the odd first",
		rows: rows,
		split: func(v VecVirtual, _ bool) []VecVirtual {
			even := s.reg()
			VPSLLD(Imm(16), v, even)
			s.and(constBits(0xffff0000), v, v)
			return []VecVirtual{even, v}
		},
		mac: func(a, b []VecVirtual, acc VecVirtual) {
			VFMADD231PS(b[1], a[1], acc)
			VFMADD231PS(b[0], a[0], acc)
		}}
}

// int8s are fours of a byte: 0..255 in A, −128..127 in B. Where there is no VPDPBUSD they are
// widened to 16 bits, even and odd ones apart: products of bytes would saturate there.
func (s isa) int8s() product {
	rows := 4
	if s.wide() {
		rows = 12
	}
	return product{name: "tileI8", words: "the words fours of uint8 in a, of int8 in b, sums int32",
		rows: rows, integers: true,
		split: func(v VecVirtual, isA bool) []VecVirtual {
			even := s.reg()
			if isA {
				s.and(constBits(0x00ff00ff), v, even)
				VPSRLW(Imm(8), v, v)
			} else {
				VPSLLW(Imm(8), v, even)
				VPSRAW(Imm(8), even, even)
				VPSRAW(Imm(8), v, v)
			}
			return []VecVirtual{even, v}
		},
		mac: func(a, b []VecVirtual, acc VecVirtual) {
			t := s.reg()
			VPMADDWD(b[0], a[0], t)
			VPADDD(t, acc, acc)
			VPMADDWD(b[1], a[1], t)
			VPADDD(t, acc, acc)
		}}
}

// vnni is int8s with the instruction for it, of AVX-512 VNNI or AVX-VNNI.
func (s isa) vnni() product {
	rows, dot := 6, vpdpbusdVEX
	if s.wide() {
		rows, dot = 14, vpdpbusd
	}
	return product{name: "tileVNNI", words: "the words fours of uint8 in a, of int8 in b, sums int32",
		rows: rows, integers: true,
		split: func(v VecVirtual, _ bool) []VecVirtual { return []VecVirtual{v} },
		mac:   func(a, b []VecVirtual, acc VecVirtual) { dot(b[0], a[0], acc) }}
}

// dotBF16 is bfloat16s with the instruction for it, of AVX-512 BF16.
func (s isa) dotBF16() product {
	return product{name: "tileDot", words: "the words pairs of bfloat16", rows: 14,
		split: func(v VecVirtual, _ bool) []VecVirtual { return []VecVirtual{v} },
		mac:   func(a, b []VecVirtual, acc VecVirtual) { vdpbf16ps(b[0], a[0], acc) }}
}

func (s isa) and(mask Mem, v, dst VecVirtual) {
	if s.wide() {
		VPANDD(mask, v, dst)
	} else {
		VPAND(mask, v, dst)
	}
}
