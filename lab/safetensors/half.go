package safetensors

import (
	"encoding/binary"
	"math"
)

// fromHalf gives the value of a half-precision number (IEEE 754 binary16).
//
//	exponent 0         ± fraction · 2⁻²⁴
//	exponent 1 to 30   ± (1 + fraction/1024) · 2^(exponent − 15)
//	exponent 31        infinite when the fraction is 0, else not a number
func fromHalf(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10&0x1F), uint32(h&0x3FF)
	switch exponent {
	case 0:
		v := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0xFF<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// fromHalves is fromHalf of all values; most are neither tiny, infinite nor no number, and only
// move.
func fromHalves(dst []float32, src []byte) {
	src = src[:2*len(dst)]
	for i := range dst {
		h := binary.LittleEndian.Uint16(src[2*i:])
		if h&0x7C00-0x400 < 0x7800 {
			dst[i] = math.Float32frombits(uint32(h&0x8000)<<16 | uint32(h&0x7FFF)<<13 + 112<<23)
		} else {
			dst[i] = fromHalf(h)
		}
	}
}

// toHalf rounds to half precision, to even at a tie. What is too large becomes infinite.
func toHalf(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	bits &= 0x7FFFFFFF
	switch {
	case bits > 0xFF<<23: // not a number: keep it quiet and keep what fits of its payload
		return sign | 0x7E00 | uint16(bits>>13&0x3FF)
	case bits >= (143 << 23): // 2¹⁶ and more
		return sign | 0x7C00
	case bits < 113<<23: // below 2⁻¹⁴: a whole number of 2⁻²⁴, rounded by the adder
		const magic = float32(0.5) // its last bit is worth 2⁻²⁴
		sum := math.Float32frombits(bits) + magic
		return sign | uint16(math.Float32bits(sum)-math.Float32bits(magic))
	}
	// Rounding may carry into the exponent, and from the largest one into infinity.
	bits += 0xFFF + bits>>13&1
	return sign | uint16((bits-112<<23)>>13)
}

// toBrain rounds to the upper half of a float32, to even at a tie.
func toBrain(v float32) uint16 {
	bits := math.Float32bits(v)
	if v != v {
		return uint16(bits>>16) | 0x40
	}
	return uint16((bits + 0x7FFF + bits>>16&1) >> 16)
}
