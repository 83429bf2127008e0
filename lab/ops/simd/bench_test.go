package simd

import "testing"

// BenchmarkTile is the upper bound of a matrix product: both operands in the first cache.
func BenchmarkTile(b *testing.B) {
	for _, s := range Sets() {
		b.Run(s.Name, func(b *testing.B) {
			const k = 128
			m, n := s.TileRows, s.TileColumns
			x, y, c := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
			for b.Loop() {
				s.Tile(k, &x[0], &y[0], &c[0], n, nil, 0)
			}
			b.ReportMetric(2*float64(m*n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
