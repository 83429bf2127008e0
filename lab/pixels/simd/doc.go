// Package simd holds the two vector kernels of lab/pixels' resize, for AVX2: four rows at once
// along x, and one row at once along y. They give the bytes of the plain Go loops in
// lab/pixels, which judge them; here nothing is checked.
//
// The assembly (z*.s) is written by the generator in gen; the comment of each kernel is the
// loop that it replaces. On other machines than amd64 and with build tag noasm Available is
// false. The picture it resizes is step 2 of notebooks/01-clip-explained.ipynb.
package simd

//go:generate go run ./gen -out zkernels_amd64.s -stubs zkernels_amd64.go -pkg simd
