package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cliplab/lab/ops/conform"
	"cliplab/lab/ops/plain"
)

// The loss of pairs in panels of any height is that of the whole matrix.
func TestLossInPanels(t *testing.T) {
	s := conform.Seed(t)
	eachGPU(t, func(t *testing.T, g *GPU) {
		rng := rand.New(rand.NewPCG(s, 9))
		const n, d, scale = 37, 11, 2.1
		var x [2][]float32
		var x64 [2][]float64
		for i := range x {
			x[i] = make([]float32, n*d)
			for j := range x[i] {
				x[i][j] = float32(rng.NormFloat64())
			}
			plain.Normalize(x[i], make([]float32, n), x[i], n, d)
			x64[i] = wide(x[i])
		}
		logits, dlogits := make([]float64, n*n), make([]float64, n*n)
		plain.Logits(logits, x64[0], x64[1], scale, n, d)
		l := plain.CrossEntropy(dlogits, logits, n)
		want := [][]float64{make([]float64, n*d), make([]float64, n*d), {0}, {l.PerImage, l.PerText}}
		want[2][0] = plain.LogitsGrad(want[0], want[1], dlogits, logits, x64[0], x64[1], scale, n, d)
		for _, rows := range []int{1, 10, 36, 37, 0} {
			got := [][]float32{make([]float32, n*d), make([]float32, n*d), nil, nil}
			l, dt, err := g.ContrastiveLoss(got[0], got[1], x[0], x[1], scale, n, d, rows, F32)
			if err != nil {
				t.Fatal(err)
			}
			got[2], got[3] = []float32{dt}, []float32{float32(l.PerImage), float32(l.PerText)}
			for i := range want {
				name := fmt.Sprintf("panels of %d rows, result %d", rows, i)
				conform.Compare(t, name, got[i], want[i], 0)
			}
		}
	})
}
