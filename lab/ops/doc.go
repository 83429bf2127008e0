// Package ops is the arithmetic of CLIP on []float32, forward and backward, behind one seam: an
// Engine. The package's functions check sizes and hand over to the engine in use.
//
//	plain       the loops of the formulas (package plain): slow, and the judge of the others
//	portable    blocked and split over goroutines, kernels in Go
//	avx2        the same with kernels of package simd for AVX2 and FMA
//	avx2vnni    with its instruction for products of int8
//	avx512      the same for AVX-512
//	avx512vnni  with that for int8
//	avx512bf16  with that for bfloat16 as well
//	neon        the same for arm64
//
// The best that the machine can run is chosen at start; CLIPLAB_OPS=plain (or another name)
// forces one, Use changes it. Results do not depend on the number of goroutines, nor a
// row's on the rows beside it, and the sets of assembly give the same bits in all precisions.
//
// What only a ResNet has (cells.go, batchnorm.go, pooling.go) is the same loops for all engines,
// around their products.
//
// Training runs on Linear, Gemm and their gradients. Inference packs its weights once (Pack) and
// applies them (Matrix.Apply): as they are, in bfloat16 or in int8.
//
// Legend: B batch, T tokens, P patches, C width, H heads, D embed dim, N pairs. All arrays are
// row-major, dst comes first; sizes that do not fit panic with the numbers. A gradient that is
// nil is not wanted and not computed.
//
// It is not a framework: no graph, no tensors, no memory of its own beyond scratch that is
// reused. Graphs and gradients of whole models are package lab/graph, inference lab/tower.
package ops
