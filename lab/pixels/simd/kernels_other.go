//go:build !amd64 || noasm

package simd

// Available tells whether this machine can run the kernels.
func Available() bool { return false }

// Rows4 is for machines where Available is true.
func Rows4(dst *byte, dstStride int, src *byte, srcStride int, starts, taps *int32, pairs, n int) {
	panic("simd: no kernel for this machine")
}

// Columns is for machines where Available is true.
func Columns(dst, src *byte, stride int, taps *int32, count, n int) {
	panic("simd: no kernel for this machine")
}
