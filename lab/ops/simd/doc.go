// Package simd holds the vector kernels of lab/ops: blocks of matrix products of float32, bfloat16
// and int8, and rows of softmax, layer norm, QuickGELU and AdamW, for AVX2 with FMA, for AVX-512,
// for their instructions for small numbers (VNNI, BF16), and for NEON.
//
// A Set is one instruction set. Sets give the same bits: each sum runs in 16 lanes that are
// joined in one fixed tree. The assembly (z*.s) is written by the generators in gen; the comment
// of each kernel is the loop that it replaces. Package lab/ops holds the plain Go version that
// judges them, splits work over goroutines and checks shapes: here nothing is checked.
//
// Build tag noasm leaves only the set in Go, "portable".
package simd

//go:generate go run ./gen/neon
//go:generate go run ./gen -out zkernels_amd64.s -stubs zkernels_amd64.go -pkg simd
