//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

// Available tells whether this machine can run the kernels.
func Available() bool { return cpu.X86.HasAVX2 }

// Rows4 resamples four rows of RGBA along x. For each of the n outputs it sums 2·pairs inputs:
//
//	dst[r·dstStride+4i+c] = round8(Σⱼ taps[2·pairs·i+j] · src[r·srcStride+4(starts[i]+j)+c])
//
// for r = 0..3, c = 0..3, where round8(s) = clip((s + 2²¹) >> 22).
func Rows4(dst *byte, dstStride int, src *byte, srcStride int, starts, taps *int32, pairs, n int) {
	rows4AVX2(dst, dstStride, src, srcStride, starts, taps, pairs, n)
}

// Columns resamples one row along y, n ≥ 32 bytes:
//
//	dst[x] = round8(Σⱼ taps[j] · src[j·stride+x])
func Columns(dst, src *byte, stride int, taps *int32, count, n int) {
	columnsAVX2(dst, src, stride, taps, count, n)
}
