package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A DType is how a file stores the values of a tensor.
type DType string

// The types that can be read. Those that start with F and BF16 can also be written.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"  // 1 sign, 5 exponent, 10 fraction bits
	BF16 DType = "BF16" // the upper half of an F32
	I64  DType = "I64"
	I32  DType = "I32"
	I16  DType = "I16"
	I8   DType = "I8"
	U64  DType = "U64"
	U32  DType = "U32"
	U16  DType = "U16"
	U8   DType = "U8"
	Bool DType = "BOOL"
)

// Size is the number of bytes of a value, 0 for an unknown type.
func (d DType) Size() int {
	switch d {
	case F64, I64, U64:
		return 8
	case F32, I32, U32:
		return 4
	case F16, BF16, I16, U16:
		return 2
	case I8, U8, Bool:
		return 1
	}
	return 0
}

// isInt tells whether all values are whole numbers.
func (d DType) isInt() bool {
	switch d {
	case I64, I32, I16, I8, U64, U32, U16, U8, Bool:
		return true
	}
	return false
}

// Decode converts stored values to float32; src holds len(dst) values of the type.
//
// It panics when src has another length.
func (d DType) Decode(dst []float32, src []byte) {
	if d.Size() == 0 || len(src) != len(dst)*d.Size() {
		panic(fmt.Sprintf("safetensors: %d bytes for %d values of type %q", len(src), len(dst), d))
	}
	d.decode(dst, src)
}

// decode converts stored values; len(src) is len(dst) times the size.
func (d DType) decode(dst []float32, src []byte) {
	le := binary.LittleEndian
	switch d {
	case F64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(src[8*i:])))
		}
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	case F16:
		fromHalves(dst, src)
	case BF16:
		src = src[:2*len(dst)]
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(le.Uint16(src[2*i:])) << 16)
		}
	default:
		for i := range dst {
			dst[i] = float32(d.integer(src, i))
		}
	}
}

// integer is the i-th value of an integer type; of U64 beyond 2⁶³, negative.
func (d DType) integer(src []byte, i int) int64 {
	le := binary.LittleEndian
	switch d {
	case I64, U64:
		return int64(le.Uint64(src[8*i:]))
	case I32:
		return int64(int32(le.Uint32(src[4*i:])))
	case U32:
		return int64(le.Uint32(src[4*i:]))
	case U16:
		return int64(le.Uint16(src[2*i:]))
	case I16:
		return int64(int16(le.Uint16(src[2*i:])))
	case I8:
		return int64(int8(src[i]))
	}
	return int64(src[i])
}

// encode writes values as the type; len(dst) is len(src) times the size. It gives the place of
// the first value that the type cannot hold, since a finite value must not become infinite, or
// −1.
func (d DType) encode(dst []byte, src []float32) int {
	le := binary.LittleEndian
	bad := -1
	for i := len(src) - 1; i >= 0; i-- {
		v := src[i]
		switch d {
		case F64:
			le.PutUint64(dst[8*i:], math.Float64bits(float64(v)))
		case F32:
			le.PutUint32(dst[4*i:], math.Float32bits(v))
		case F16:
			h := toHalf(v)
			le.PutUint16(dst[2*i:], h)
			if h&0x7FFF == 0x7C00 && !math.IsInf(float64(v), 0) {
				bad = i
			}
		default: // BF16
			b := toBrain(v)
			le.PutUint16(dst[2*i:], b)
			if b&0x7FFF == 0x7F80 && !math.IsInf(float64(v), 0) {
				bad = i
			}
		}
	}
	return bad
}
