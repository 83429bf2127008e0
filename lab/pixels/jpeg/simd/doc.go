// Package simd holds the vector kernels of lab/pixels/jpeg, for AVX2: the inverse transform of a
// block, chroma at twice its width, and colours. They give the bytes of the plain Go loops in
// that package, which judge them; here nothing is checked.
//
// The assembly (z*.s) is written by the generator in gen; the comment of each kernel is the
// loop that it replaces. On other machines than amd64 and with build tag noasm Available is
// false. The notebook that reads pictures is 01-clip-explained.
package simd

//go:generate go run ./gen -out zkernels_amd64.s -stubs zkernels_amd64.go -pkg simd
