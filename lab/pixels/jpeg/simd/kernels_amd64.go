//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

// Available tells whether this machine can run the kernels.
func Available() bool { return cpu.X86.HasAVX2 }

// Inverse writes the 8×8 samples of a block of coefficients: jpeg.inverse.
func Inverse(dst *byte, stride int, coefficients *[64]int16) {
	inverseAVX2(dst, stride, &coefficients[0])
}

// RGB converts n ≥ 16 pixels to RGBA, in 16-bit fixed point, u and v less 128:
//
//	dst[4i], … = clip(y + 1.402·v), clip(y − 0.34414·u − 0.71414·v), clip(y + 1.772·u), 255
func RGB(dst, y, u, v *byte, n int) { rgbAVX2(dst, y, u, v, n) }

// Widen doubles the inner samples 1 to n−2 of a line of n ≥ 18:
//
//	dst[2i], dst[2i+1] = (3·src[i] + src[i−1] + 1)/4, (3·src[i] + src[i+1] + 2)/4
func Widen(dst, src *byte, n int) { widenAVX2(dst, src, n) }

// WidenBoth doubles the inner samples 1 to n−2 of two lines of n ≥ 18, with s = 3·near + far:
//
//	dst[2i], dst[2i+1] = (3·s[i] + s[i−1] + 8)/16, (3·s[i] + s[i+1] + 7)/16
func WidenBoth(dst, near, far *byte, n int) { widenBothAVX2(dst, near, far, n) }
