//go:build arm64 && !noasm

package simd

var setNEON = Set{
	Name: "neon", TileRows: 8, TileColumns: 12, Tile: tileNEON, Transpose8: transpose8NEON,
	ScatterRows: scatterRowsNEON, ScatterColumns: scatterColumnsNEON,
	Add: addNEON, Axpy: axpyNEON, Scale: scaleNEON, Dot: dotNEON,
	SoftmaxRow: softmaxRowNEON, SoftmaxGradRow: softmaxGradRowNEON,
	QuickGELU: quickGELUNEON, QuickGELUGrad: quickGELUGradNEON,
	GELU: geluNEON, GELUGrad: geluGradNEON,
	LayerNormRow: layerNormRowNEON, LayerNormGradRow: layerNormGradRowNEON,
	LayerNormParamGradRow: layerNormParamGradRowNEON, AdamW: adamWNEON,
}

// assembled is NEON alone: every arm64 has it.
func assembled() []*Set { return []*Set{&setNEON} }
