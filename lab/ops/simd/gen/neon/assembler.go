package main

import (
	"fmt"
	"math"
	"strings"
)

// vec is a vector register, V0 to V31, of four float32.
type vec int

// Instructions on four lanes that Go's assembler lacks are written as words. Three registers:
// the word with Rm<<16 | Rn<<5 | Rd added. Source: Arm Architecture Reference Manual, A64.
const (
	fadd   = 0x4e20d400
	fsub   = 0x4ea0d400
	fmul   = 0x6e20dc00
	fdiv   = 0x6e20fc00
	fmax   = 0x4e20f400
	fmin   = 0x4ea0f400
	fmla   = 0x4e20cc00 // d += n·m
	fmls   = 0x4ea0cc00 // d −= n·m
	add    = 0x4ea08400 // of whole numbers
	sub    = 0x6ea08400
	and    = 0x4e201c00
	orr    = 0x4ea01c00
	bic    = 0x4e601c00 // n and not m
	bit    = 0x6ea01c00 // the bits of n where m is set
	trn1   = 0x4e802800 // even lanes of n and m, in turn
	trn2   = 0x4e806800 // odd lanes
	trnd   = 0x4ec02800 // trn1 and trn2 of lanes of 64 bits
	trne   = 0x4ec06800
	addp   = 0x4ea0bc00 // sums of neighbours, of n and then of m
	smull  = 0x0e60c000 // 16 bits by 16 bits, of the low halves
	smull2 = 0x4e60c000 // of the high halves
)

// Two registers: the word with Rn<<5 | Rd added.
const (
	fsqrt  = 0x6ea1f800
	fcvtns = 0x4e21a800 // to the nearest whole number, ties to even
	scvtf  = 0x4e21d800
	uxtl   = 0x2f08a400 // the low 8 bytes, each to 16 bits
	sxtl   = 0x0f08a400 // the same with signs
	sxtl2  = 0x4f08a400 // of the high 8 bytes
	dupS   = 0x4e040400 // lane 0 to all; lane i adds i<<19
	dupD1  = 0x4e180400 // the upper half to both
	sshr   = 0x4f000400 // by s: (64−s)<<16 added
	shl    = 0x4f005400 // by s: (32+s)<<16 added
)

var names = map[uint32]string{fadd: "FADD", fsub: "FSUB", fmul: "FMUL", fdiv: "FDIV",
	fmax: "FMAX", fmin: "FMIN", fmla: "FMLA", fmls: "FMLS", add: "ADD", sub: "SUB", and: "AND",
	orr: "ORR", bic: "BIC", bit: "BIT", trn1: "TRN1", trn2: "TRN2", trnd: "TRN1.2D",
	trne: "TRN2.2D", fsqrt: "FSQRT", fcvtns: "FCVTNS", scvtf: "SCVTF",
	addp: "ADDP", smull: "SMULL", smull2: "SMULL2", uxtl: "UXTL", sxtl: "SXTL", sxtl2: "SXTL2"}

// op is d = n ∘ m, on four lanes.
func (k *kernel) op(word uint32, d, n, m vec) {
	k.word(word|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s V%d, V%d, V%d", names[word], d, n, m)
}

// op1 is d = ∘n.
func (k *kernel) op1(word uint32, d, n vec) {
	k.word(word|uint32(n)<<5|uint32(d), "%s V%d, V%d", names[word], d, n)
}

func (k *kernel) shiftRight(d, n vec, by uint32) {
	k.word(sshr|(64-by)<<16|uint32(n)<<5|uint32(d), "SSHR V%d, V%d, #%d", d, n, by)
}

func (k *kernel) shiftLeft(d, n vec, by uint32) {
	k.word(shl|(32+by)<<16|uint32(n)<<5|uint32(d), "SHL V%d, V%d, #%d", d, n, by)
}

// spread copies a lane of n to all lanes of d.
func (k *kernel) spread(d, n vec, lane uint32) {
	k.word(dupS|lane<<19|uint32(n)<<5|uint32(d), "DUP V%d, V%d[%d]", d, n, lane)
}

func (k *kernel) word(w uint32, comment string, args ...any) {
	k.line("WORD $0x%08x // %s", w, fmt.Sprintf(comment, args...))
}

func (k *kernel) line(format string, args ...any) {
	fmt.Fprintf(&k.file.code, "\t"+format+"\n", args...)
}

func (k *kernel) label(name string) { fmt.Fprintf(&k.file.code, "\n%s:\n", name) }

// fresh is a label that no other code has.
func (k *kernel) fresh(name string) string {
	k.file.labels++
	return fmt.Sprintf("%s%d", name, k.file.labels)
}

func (k *kernel) load(v vec, offset int, base string) {
	k.line("FMOVQ %d(%s), F%d", offset, base, v)
}

func (k *kernel) store(v vec, offset int, base string) {
	k.line("FMOVQ F%d, %d(%s)", v, offset, base)
}

func (k *kernel) copy(d, n vec) { k.op(orr, d, n, n) }

func (k *kernel) clear(v vec) { k.line("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v) }

// constant is a temporary with x in all lanes.
func (k *kernel) constant(x float64) vec { return k.constantBits(math.Float32bits(float32(x))) }

func (k *kernel) constantBits(bits uint32) vec {
	at := -1
	for i, old := range k.file.constants {
		if old == bits {
			at = i
		}
	}
	if at < 0 {
		at = len(k.file.constants)
		k.file.constants = append(k.file.constants, bits)
	}
	v := k.temp()
	k.load(v, 16*at, constants)
	return v
}

// doc writes the declaration of a function with its comment.
func (f *file) doc(name, signature, doc string) {
	fmt.Fprintf(&f.stubs, "\n// %s\n//\n//go:noescape\nfunc %s%s\n",
		strings.ReplaceAll(name+" "+doc, "\n", "\n// "), name, signature)
}
