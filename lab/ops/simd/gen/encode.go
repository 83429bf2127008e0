package main

import (
	"encoding/binary"
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	. "github.com/mmcloughlin/avo/reg"
)

// vpdpbusd adds to each int32 of acc the four products of its bytes: unsigned ones of a, signed
// ones of b. avo does not know this instruction, the assembler does.
func vpdpbusd(b, a, acc VecVirtual) { unknown("VPDPBUSD", "AVX512_VNNI", b, a, acc) }

// vpdpbusdVEX is the same in the form of AVX-VNNI, for processors without AVX-512; the assembler
// knows only the other form.
func vpdpbusdVEX(b, a, acc VecVirtual) { unknown("VPDPBUSDVEX", "AVX_VNNI", b, a, acc) }

// vdpbf16ps adds to each float32 of acc the two products of its bfloat16s of a and b. The
// assembler does not know it either.
func vdpbf16ps(b, a, acc VecVirtual) { unknown("VDPBF16PS", "AVX512_BF16", b, a, acc) }

func unknown(opcode, isa string, b, a, acc VecVirtual) {
	Instruction(&ir.Instruction{Opcode: opcode, Operands: []Op{b, a, acc},
		Inputs: []Op{b, a, acc}, Outputs: []Op{acc}, ISA: []string{isa}})
}

// encoders give the bytes of what the assembler does not know, by the numbers of its registers,
// destination first.
var encoders = map[string]func(dst, a, b byte) []byte{
	"VDPBF16PS": dotBytes, "VPDPBUSDVEX": vnniBytes,
}

// encodeUnknown has encoders write their bytes after avo's passes, once registers are given out
// and before anything is printed.
func encodeUnknown() {
	pass.Compile = pass.Concat(pass.Compile, pass.FunctionPass(encode))
}

func encode(f *ir.Function) error {
	var nodes []ir.Node
	for _, n := range f.Nodes {
		ins, ok := n.(*ir.Instruction)
		if !ok || encoders[ins.Opcode] == nil {
			nodes = append(nodes, n)
			continue
		}
		var id [3]byte
		var names []string
		for i, op := range ins.Operands {
			r, ok := op.(Physical)
			if !ok {
				return fmt.Errorf("%s: operand %v is no register", ins.Opcode, op)
			}
			id[i], names = byte(r.PhysicalIndex()), append(names, r.Asm())
		}
		nodes = append(nodes, ir.NewComment(ins.Opcode+" "+strings.Join(names, ", ")))
		code := encoders[ins.Opcode](id[2], id[1], id[0])
		nodes = append(nodes, data("LONG", U32(binary.LittleEndian.Uint32(code))))
		for _, b := range code[4:] {
			nodes = append(nodes, data("BYTE", U8(b)))
		}
	}
	f.Nodes = nodes
	return nil
}

func data(opcode string, value Op) *ir.Instruction {
	return &ir.Instruction{Opcode: opcode, Operands: []Op{value}}
}

// dotBytes is VDPBF16PS dst, a, b: EVEX.512.F3.0F38.W0 52 /r. In the prefix the high bits of the
// registers' numbers and all of a's are inverted.
//
// Intel, Architecture Instruction Set Extensions Programming Reference, 319433, section 2.6.
func dotBytes(dst, a, b byte) []byte {
	return []byte{0x62,
		not(dst, 3)<<7 | not(b, 4)<<6 | not(b, 3)<<5 | not(dst, 4)<<4 | 0x02,
		(^a&15)<<3 | 0x06,
		0x40 | not(a, 4)<<3,
		0x52,
		0xc0 | dst&7<<3 | b&7}
}

// vnniBytes is VPDPBUSD dst, a, b: VEX.256.66.0F38.W0 50 /r.
//
// Intel, Software Developer's Manual, volume 2, VPDPBUSD.
func vnniBytes(dst, a, b byte) []byte {
	return []byte{0xc4, not(dst, 3)<<7 | 0x40 | not(b, 3)<<5 | 0x02, (^a&15)<<3 | 0x05, 0x50,
		0xc0 | dst&7<<3 | b&7}
}

// not is a bit of a register's number, inverted.
func not(id byte, bit int) byte { return ^id >> bit & 1 }
