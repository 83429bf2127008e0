package tower

import "math"

const (
	sineBase   = 100 // the slowest wave is some 60 patches long: grids are small here
	sineLength = 0.7 // root mean square, about that of a patch's own embedding
)

// Sines fills the positions of a grid of patches with waves of different lengths: a quarter each
// of sines and cosines of the column, then of the row. Vaswani et al. 2017, section 3.5, in two
// dimensions.
//
//	positions [grid·grid · width]  width a multiple of 4; what is left over becomes zero
func Sines(positions []float32, grid int) {
	width := len(positions) / (grid * grid)
	quarter := width / 4
	clear(positions)
	for cell := range grid * grid {
		row := positions[cell*width:][:width]
		for i := range quarter {
			frequency := math.Pow(sineBase, -float64(i)/float64(quarter))
			for axis, at := range []int{cell % grid, cell / grid} {
				sin, cos := math.Sincos(float64(at) * frequency)
				row[2*axis*quarter+i] = float32(sineLength * math.Sqrt2 * sin)
				row[(2*axis+1)*quarter+i] = float32(sineLength * math.Sqrt2 * cos)
			}
		}
	}
}
