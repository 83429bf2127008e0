package simd

import (
	"fmt"
	"testing"
	"unsafe"
)

// BenchmarkTile is the upper bound of a matrix product: both operands in the first cache. An
// operation is a multiplication or an addition, of int8 and bfloat16 as well.
func BenchmarkTile(b *testing.B) {
	for _, s := range Sets() {
		for kind, tiles := range s.Tiles {
			const k = 128
			m, n := len(tiles), s.TileColumns
			x, y, c := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			next := uintptr(unsafe.Pointer(&y[0]))
			words := []int{1, 2, 4}[kind]
			b.Run(fmt.Sprintf("%s/%s/%dx%d", s.Name, []string{"f32", "bf16", "i8"}[kind], m, n),
				func(b *testing.B) {
					for b.Loop() {
						tiles[m-1](k, &x[0], k, 1, &y[0], 16, 16*k, &c[0], n, nil, 0, next, 0, nil, 0)
					}
					op := 2 * float64(words*m*n*k)
					b.ReportMetric(op*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gop/s")
				})
		}
	}
}
