package simd

import (
	"math"
	"unsafe"
)

var finishPortable = [4]Finish{
	finishWith(func(x float32) float32 { return x }),
	finishWith(func(x float32) float32 { return x * sigmoid(1.702*x) }),
	finishWith(func(x float32) float32 { return x * normal(x) }),
	finishWith(func(x float32) float32 { return max(0, x) }),
}

func finishWith(f func(float32) float32) Finish {
	return func(dst *float32, ldd int, x *float32, ldx int, residual *float32, ldr, rows, n int) {
		for i := range rows {
			y, p, r := slice(at(dst, i*ldd), n), slice(at(x, i*ldx), n), slice(at(residual, i*ldr), n)
			for j, v := range p {
				y[j] = f(v) + r[j]
			}
		}
	}
}

func toBF16Portable(dst, x *float32, n int) {
	y, p := unsafe.Slice((*uint16)(unsafe.Pointer(dst)), (n+15)/16*16), slice(x, n)
	for i, v := range p {
		bits := math.Float32bits(v)
		if v == v {
			bits += 0x7fff + bits>>16&1
		}
		y[i] = uint16(bits >> 16)
	}
	clear(y[n:])
}

func toU8Portable(dst, x *float32, inverse float32, zero int32, n int) {
	y, p := unsafe.Slice((*uint8)(unsafe.Pointer(dst)), (n+15)/16*16), slice(x, n)
	for i, v := range p {
		q := math.RoundToEven(float64(v*inverse)) + float64(zero)
		y[i] = uint8(min(max(q, 0), 255))
	}
	clear(y[n:])
}

func rowRangePortable(x *float32, n int) (lo, hi, poison float32) {
	for _, v := range slice(x, n) {
		lo, hi, poison = min(lo, v), max(hi, v), poison+v*0
	}
	return lo, hi, poison
}

func dequantizePortable(c *float32, ldc int, scale *float32, zero *int32, columnScale *float32,
	columnSum *int32, bias *float32, rows, n int) {
	s, z := slice(scale, rows), unsafe.Slice(zero, rows)
	factor, sum, b := slice(columnScale, n), unsafe.Slice(columnSum, n), slice(bias, n)
	for i := range rows {
		row := slice(at(c, i*ldc), n)
		for j, word := range row {
			whole := int32(math.Float32bits(word)) - z[i]*sum[j]
			row[j] = float32(whole)*(s[i]*factor[j]) + b[j]
		}
	}
}
