//go:build arm64 && !noasm

package simd

var setNEON = Set{
	Name: "neon", TileColumns: 16, Tiles: [3][]Tile{
		{tilex1NEON, tilex2NEON, tilex3NEON, tilex4NEON, tilex5NEON, tilex6NEON},
		{tileBF16x1NEON, tileBF16x2NEON, tileBF16x3NEON, tileBF16x4NEON},
		{tileI8x1NEON, tileI8x2NEON, tileI8x3NEON, tileI8x4NEON}},
	NarrowColumns: 8, Narrow: []Tile{narrowx1NEON, narrowx2NEON, narrowx3NEON, narrowx4NEON,
		narrowx5NEON, narrowx6NEON},
	Transpose: transposeNEON, ScatterRows: scatterRowsNEON, ScatterColumns: scatterColumnsNEON,
	Add: addNEON, Axpy: axpyNEON, Scale: scaleNEON, Dot: dotNEON,
	SoftmaxRow: softmaxRowNEON, SoftmaxTile: softmaxTileOf(softmaxRowNEON),
	SoftmaxGradRow: softmaxGradRowNEON,
	QuickGELU:      quickGELUNEON, QuickGELUGrad: quickGELUGradNEON,
	GELU: geluNEON, GELUGrad: geluGradNEON,
	LayerNormRow: layerNormRowNEON, LayerNormGradRow: layerNormGradRowNEON,
	LayerNormParamGradRow: layerNormParamGradRowNEON, AdamW: adamWNEON,
	Finish: [4]Finish{finishRows(nil), finishRows(quickGELUNEON), finishRows(geluNEON),
		finishPortable[3]},
	ToBF16: toBF16Portable, ToU8: toU8Portable, RowRange: rowRangePortable,
	Dequantize: dequantizePortable,
}

// finishRows is a Finish from an activation of rows, or none.
func finishRows(f func(dst, x *float32, n int)) Finish {
	return func(dst *float32, ldd int, x *float32, ldx int, residual *float32, ldr, rows, n int) {
		for i := range rows {
			to, from := at(dst, i*ldd), at(x, i*ldx)
			if f != nil {
				f(from, from, n)
			}
			addNEON(to, from, at(residual, i*ldr), n)
		}
	}
}

// assembled is NEON alone: every arm64 has it.
func assembled() []*Set { return []*Set{&setNEON} }
