//go:build !amd64 || noasm

package simd

// Available tells whether this machine can run the kernels.
func Available() bool { return false }

const none = "simd: no kernel for this machine"

// Inverse is for machines where Available is true.
func Inverse(dst *byte, stride int, coefficients *[64]int16) { panic(none) }

// RGB is for machines where Available is true.
func RGB(dst, y, u, v *byte, n int) { panic(none) }

// Widen is for machines where Available is true.
func Widen(dst, src *byte, n int) { panic(none) }

// WidenBoth is for machines where Available is true.
func WidenBoth(dst, near, far *byte, n int) { panic(none) }
