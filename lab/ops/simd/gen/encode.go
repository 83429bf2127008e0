package main

import (
	"encoding/binary"
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	. "github.com/mmcloughlin/avo/reg"
)

// vpdpbusd adds to each int32 of acc the four products of its bytes: unsigned ones of a, signed
// ones of b. avo does not know this instruction, the assembler does.
func vpdpbusd(b, a, acc VecVirtual) { unknown("VPDPBUSD", "AVX512_VNNI", b, a, acc) }

// vdpbf16ps adds to each float32 of acc the two products of its bfloat16s of a and b. Neither avo
// nor the assembler knows it: encodeBF16 writes its bytes once registers are given out.
func vdpbf16ps(b, a, acc VecVirtual) { unknown("VDPBF16PS", "AVX512_BF16", b, a, acc) }

func unknown(opcode, isa string, b, a, acc VecVirtual) {
	Instruction(&ir.Instruction{Opcode: opcode, Operands: []Op{b, a, acc},
		Inputs: []Op{b, a, acc}, Outputs: []Op{acc}, ISA: []string{isa}})
}

// encodeUnknown appends encodeBF16 to avo's passes, before anything is printed.
func encodeUnknown() {
	pass.Compile = pass.Concat(pass.Compile, pass.FunctionPass(encodeBF16))
}

func encodeBF16(f *ir.Function) error {
	var nodes []ir.Node
	for _, n := range f.Nodes {
		ins, ok := n.(*ir.Instruction)
		if !ok || ins.Opcode != "VDPBF16PS" {
			nodes = append(nodes, n)
			continue
		}
		var id [3]byte
		var names []any
		for i, op := range ins.Operands {
			r, ok := op.(Physical)
			if !ok || r.Size() != 64 {
				return fmt.Errorf("VDPBF16PS: operand %v is no register of 512 bits", op)
			}
			id[i], names = byte(r.PhysicalIndex()), append(names, r.Asm())
		}
		code := bf16Bytes(id[2], id[1], id[0])
		data := func(opcode string, value Op) *ir.Instruction {
			return &ir.Instruction{Opcode: opcode, Operands: []Op{value}}
		}
		nodes = append(nodes, ir.NewComment(fmt.Sprintf("VDPBF16PS %s, %s, %s", names...)),
			data("LONG", U32(binary.LittleEndian.Uint32(code[:4]))),
			data("WORD", U16(binary.LittleEndian.Uint16(code[4:]))))
	}
	f.Nodes = nodes
	return nil
}

// bf16Bytes is VDPBF16PS zmm1, zmm2, zmm3, EVEX.512.F3.0F38.W0 52 /r. In the prefix the high bits
// of the register numbers and all of zmm2's are inverted.
//
// Intel, Architecture Instruction Set Extensions Programming Reference, 319433, section 2.6.
func bf16Bytes(zmm1, zmm2, zmm3 byte) [6]byte {
	not := func(id byte, bit int) byte { return ^id >> bit & 1 }
	return [6]byte{0x62,
		not(zmm1, 3)<<7 | not(zmm3, 4)<<6 | not(zmm3, 3)<<5 | not(zmm1, 4)<<4 | 0x02,
		(^zmm2&15)<<3 | 0x06,
		0x40 | not(zmm2, 4)<<3,
		0x52,
		0xc0 | zmm1&7<<3 | zmm3&7}
}
