package main

import (
	"bytes"
	"testing"
)

// What the generator encodes is what llvm-mc 14 gives for the same instructions:
//
//	llvm-mc -triple x86_64 -mattr=+avx512bf16,+avxvnni -show-encoding
func TestEncoders(t *testing.T) {
	for _, c := range []struct {
		opcode    string
		dst, a, b byte
		want      []byte
	}{
		{"VDPBF16PS", 0, 6, 4, []byte{0x62, 0xf2, 0x4e, 0x48, 0x52, 0xc4}},
		{"VDPBF16PS", 30, 29, 28, []byte{0x62, 0x02, 0x16, 0x40, 0x52, 0xf4}},
		{"VDPBF16PS", 27, 17, 9, []byte{0x62, 0x42, 0x76, 0x40, 0x52, 0xd9}},
		{"VDPBF16PS", 8, 15, 31, []byte{0x62, 0x12, 0x06, 0x48, 0x52, 0xc7}},
		{"VPDPBUSDVEX", 0, 6, 4, []byte{0xc4, 0xe2, 0x4d, 0x50, 0xc4}},
		{"VPDPBUSDVEX", 9, 14, 12, []byte{0xc4, 0x42, 0x0d, 0x50, 0xcc}},
		{"VPDPBUSDVEX", 11, 2, 13, []byte{0xc4, 0x42, 0x6d, 0x50, 0xdd}},
	} {
		if got := encoders[c.opcode](c.dst, c.a, c.b); !bytes.Equal(got, c.want) {
			t.Errorf("%s %d, %d, %d is % x, want % x", c.opcode, c.dst, c.a, c.b, got, c.want)
		}
	}
}
