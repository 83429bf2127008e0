// Command gen writes the assembly of package simd: every kernel once for AVX2 with FMA and once
// for AVX-512, from one description. Run it by `go generate ./lab/ops/simd`.
//
// Both sets do the same arithmetic in the same order, so that their results are the same bits.
// Sums run in 16 lanes: AVX-512 holds them in one register, AVX2 in two ("halves").
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	for _, s := range []isa{avx2, avx512} {
		s.tiles(s.float32s())
		s.narrowTiles()
		s.tiles(s.bfloat16s())
		s.tiles(s.int8s())
		s.tiles(s.vnni())
		if s.wide() {
			s.tiles(s.dotBF16())
		}
		s.transpose()
		s.scatterRows(s.float32s().rows)
		s.scatterColumns()
		s.arithmetic()
		s.reductions()
		s.softmax()
		s.softmaxTile()
		s.softmaxGrad()
		s.quickGELU()
		s.quickGELUGrad()
		s.gelu()
		s.geluGrad()
		s.layerNorm()
		s.layerNormGrad()
		s.layerNormParamGrad()
		s.adamW()
		s.finish()
		s.toBF16()
		s.rowRange()
		s.toU8()
		s.dequantize()
	}
	encodeUnknown()
	Generate()
}
