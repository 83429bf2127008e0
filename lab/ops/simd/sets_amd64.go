//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

var setAVX2 = Set{
	Name: "avx2", TileRows: 6, TileColumns: 16, Tile: tileAVX2, Transpose8: transpose8AVX2,
	ScatterRows: scatterRowsAVX2, ScatterColumns: scatterColumnsAVX2,
	Add: addAVX2, Axpy: axpyAVX2, Scale: scaleAVX2, Dot: dotAVX2,
	SoftmaxRow: softmaxRowAVX2, SoftmaxGradRow: softmaxGradRowAVX2,
	QuickGELU: quickGELUAVX2, QuickGELUGrad: quickGELUGradAVX2,
	GELU: geluAVX2, GELUGrad: geluGradAVX2,
	LayerNormRow: layerNormRowAVX2, LayerNormGradRow: layerNormGradRowAVX2,
	LayerNormParamGradRow: layerNormParamGradRowAVX2, AdamW: adamWAVX2,
}

var setAVX512 = Set{
	Name: "avx512", TileRows: 12, TileColumns: 32, Tile: tileAVX512, Transpose8: transpose8AVX512,
	ScatterRows: scatterRowsAVX512, ScatterColumns: scatterColumnsAVX512,
	Add: addAVX512, Axpy: axpyAVX512, Scale: scaleAVX512, Dot: dotAVX512,
	SoftmaxRow: softmaxRowAVX512, SoftmaxGradRow: softmaxGradRowAVX512,
	QuickGELU: quickGELUAVX512, QuickGELUGrad: quickGELUGradAVX512,
	GELU: geluAVX512, GELUGrad: geluGradAVX512,
	LayerNormRow: layerNormRowAVX512, LayerNormGradRow: layerNormGradRowAVX512,
	LayerNormParamGradRow: layerNormParamGradRowAVX512, AdamW: adamWAVX512,
}

func assembled() []*Set {
	var sets []*Set
	x := cpu.X86
	if x.HasAVX2 && x.HasFMA && x.HasBMI2 {
		sets = append(sets, &setAVX2)
		if x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL {
			sets = append(sets, &setAVX512)
		}
	}
	return sets
}
