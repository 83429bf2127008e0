//go:build amd64 && !noasm

package simd

// The tiles by height, from one row up.
var (
	tilesAVX2 = []Tile{
		tilex1AVX2, tilex2AVX2, tilex3AVX2, tilex4AVX2, tilex5AVX2, tilex6AVX2,
	}
	narrowAVX2 = []Tile{
		narrowx1AVX2, narrowx2AVX2, narrowx3AVX2, narrowx4AVX2, narrowx5AVX2, narrowx6AVX2,
	}
	tilesBF16AVX2 = []Tile{
		tileBF16x1AVX2, tileBF16x2AVX2, tileBF16x3AVX2, tileBF16x4AVX2,
	}
	tilesI8AVX2 = []Tile{
		tileI8x1AVX2, tileI8x2AVX2, tileI8x3AVX2, tileI8x4AVX2,
	}
	tilesVNNIAVX2 = []Tile{
		tileVNNIx1AVX2, tileVNNIx2AVX2, tileVNNIx3AVX2, tileVNNIx4AVX2, tileVNNIx5AVX2,
		tileVNNIx6AVX2,
	}
	tilesAVX512 = []Tile{
		tilex1AVX512, tilex2AVX512, tilex3AVX512, tilex4AVX512, tilex5AVX512, tilex6AVX512,
		tilex7AVX512, tilex8AVX512, tilex9AVX512, tilex10AVX512, tilex11AVX512, tilex12AVX512,
		tilex13AVX512, tilex14AVX512,
	}
	narrowAVX512 = []Tile{
		narrowx1AVX512, narrowx2AVX512, narrowx3AVX512, narrowx4AVX512, narrowx5AVX512,
		narrowx6AVX512, narrowx7AVX512, narrowx8AVX512, narrowx9AVX512, narrowx10AVX512,
		narrowx11AVX512, narrowx12AVX512, narrowx13AVX512, narrowx14AVX512,
	}
	tilesBF16AVX512 = []Tile{
		tileBF16x1AVX512, tileBF16x2AVX512, tileBF16x3AVX512, tileBF16x4AVX512, tileBF16x5AVX512,
		tileBF16x6AVX512, tileBF16x7AVX512, tileBF16x8AVX512, tileBF16x9AVX512,
		tileBF16x10AVX512, tileBF16x11AVX512, tileBF16x12AVX512,
	}
	tilesI8AVX512 = []Tile{
		tileI8x1AVX512, tileI8x2AVX512, tileI8x3AVX512, tileI8x4AVX512, tileI8x5AVX512,
		tileI8x6AVX512, tileI8x7AVX512, tileI8x8AVX512, tileI8x9AVX512, tileI8x10AVX512,
		tileI8x11AVX512, tileI8x12AVX512,
	}
	tilesVNNIAVX512 = []Tile{
		tileVNNIx1AVX512, tileVNNIx2AVX512, tileVNNIx3AVX512, tileVNNIx4AVX512, tileVNNIx5AVX512,
		tileVNNIx6AVX512, tileVNNIx7AVX512, tileVNNIx8AVX512, tileVNNIx9AVX512,
		tileVNNIx10AVX512, tileVNNIx11AVX512, tileVNNIx12AVX512, tileVNNIx13AVX512,
		tileVNNIx14AVX512,
	}
	tilesDot = []Tile{
		tileDotx1AVX512, tileDotx2AVX512, tileDotx3AVX512, tileDotx4AVX512, tileDotx5AVX512,
		tileDotx6AVX512, tileDotx7AVX512, tileDotx8AVX512, tileDotx9AVX512, tileDotx10AVX512,
		tileDotx11AVX512, tileDotx12AVX512, tileDotx13AVX512, tileDotx14AVX512,
	}
)
