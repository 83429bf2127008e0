//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

var setAVX2 = Set{
	Name: "avx2", TileColumns: 16, Tiles: [3][]Tile{tilesAVX2, tilesBF16AVX2, tilesI8AVX2},
	NarrowColumns: 8, Narrow: narrowAVX2,
	Transpose: transposeAVX2, ScatterRows: scatterRowsAVX2, ScatterColumns: scatterColumnsAVX2,
	Add: addAVX2, Axpy: axpyAVX2, Scale: scaleAVX2, Dot: dotAVX2,
	SoftmaxRow: softmaxRowAVX2, SoftmaxTile: softmaxTileAVX2,
	SoftmaxGradRow: softmaxGradRowAVX2,
	QuickGELU:      quickGELUAVX2, QuickGELUGrad: quickGELUGradAVX2,
	GELU: geluAVX2, GELUGrad: geluGradAVX2,
	LayerNormRow: layerNormRowAVX2, LayerNormGradRow: layerNormGradRowAVX2,
	LayerNormParamGradRow: layerNormParamGradRowAVX2, AdamW: adamWAVX2,
	Finish: [4]Finish{finishIdentityAVX2, finishQuickGELUAVX2, finishGELUAVX2,
		finishReLUAVX2},
	ToBF16: toBF16AVX2, ToU8: toU8AVX2, RowRange: rowRangeAVX2, Dequantize: dequantizeAVX2,
}

var setAVX512 = Set{
	Name: "avx512", TileColumns: 32, Tiles: [3][]Tile{tilesAVX512, tilesBF16AVX512, tilesI8AVX512},
	NarrowColumns: 24, Narrow: narrowAVX512,
	Transpose: transposeAVX512, ScatterRows: scatterRowsAVX512, ScatterColumns: scatterColumnsAVX512,
	Add: addAVX512, Axpy: axpyAVX512, Scale: scaleAVX512, Dot: dotAVX512,
	SoftmaxRow: softmaxRowAVX512, SoftmaxTile: softmaxTileAVX512,
	SoftmaxGradRow: softmaxGradRowAVX512,
	QuickGELU:      quickGELUAVX512, QuickGELUGrad: quickGELUGradAVX512,
	GELU: geluAVX512, GELUGrad: geluGradAVX512,
	LayerNormRow: layerNormRowAVX512, LayerNormGradRow: layerNormGradRowAVX512,
	LayerNormParamGradRow: layerNormParamGradRowAVX512, AdamW: adamWAVX512,
	Finish: [4]Finish{finishIdentityAVX512, finishQuickGELUAVX512, finishGELUAVX512,
		finishReLUAVX512},
	ToBF16: toBF16AVX512, ToU8: toU8AVX512, RowRange: rowRangeAVX512, Dequantize: dequantizeAVX512,
}

// assembled adds to AVX2 and AVX-512 what a machine has of their later parts: VNNI multiplies
// bytes, BF16 pairs of bfloat16. All that have BF16 have VNNI.
func assembled() []*Set {
	x := cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasBMI2 {
		return nil
	}
	sets := []*Set{&setAVX2}
	if x.HasAVXVNNI {
		sets = append(sets, setAVX2.with("avx2vnni", Int8s, tilesVNNIAVX2))
	}
	if !x.HasAVX512F || !x.HasAVX512DQ || !x.HasAVX512BW || !x.HasAVX512VL {
		return sets
	}
	sets = append(sets, &setAVX512)
	if x.HasAVX512VNNI {
		vnni := setAVX512.with("avx512vnni", Int8s, tilesVNNIAVX512)
		sets = append(sets, vnni)
		if x.HasAVX512BF16 {
			sets = append(sets, vnni.with("avx512bf16", Bfloat16s, tilesDot))
		}
	}
	return sets
}

// with is the set of another name with other tiles of one kind.
func (s Set) with(name string, kind Kind, tiles []Tile) *Set {
	s.Name, s.Tiles[kind] = name, tiles
	return &s
}
