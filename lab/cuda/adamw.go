package cuda

import "cliplab/lab/ops"

var (
	one      = [3]uint32{1, 1, 1}
	sumBlock = [3]uint32{256, 1, 1}
)

// settingsCount is how many numbers settings are.
const settingsCount = 10

// settings are those of a step as the kernel adamw wants them.
func settings(a ops.AdamW, maxNorm float64) []float32 {
	list := make([]float32, 0, settingsCount)
	for _, c := range a.Constants() {
		list = append(list, float32(c))
	}
	return append(list, float32(maxNorm))
}

// sumSquares leaves Σ x² and its root in dst, as two float64; memory of four float32.
func (g *GPU) sumSquares(dst, x pointer, n int) {
	count := max(1, min(1024, int(blocks(n, 256))))
	parts := g.scratch("partial squares", 8*count)
	g.launch("sum_squares", [3]uint32{uint32(count), 1, 1}, sumBlock, parts, x, uint64(n))
	g.launch("squares_total", one, sumBlock, dst, parts, int32(count))
}
