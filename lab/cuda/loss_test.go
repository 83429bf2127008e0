package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"cliplab/lab/ops/plain"
)

// The loss of pairs in panels of any height is that of the whole matrix.
func TestLossInPanels(t *testing.T) {
	s := seed(t)
	eachGPU(t, func(t *testing.T, g *GPU) {
		rng := rand.New(rand.NewPCG(s, 9))
		const n, d, scale = 37, 11, 2.1
		x, x64 := randoms(rng, []int{n * d, n * d})
		for i := range 2 {
			plain.Normalize(x64[i], make([]float64, n), x64[i], n, d)
			for j, v := range x64[i] {
				x[i][j] = float32(v)
			}
			x64[i] = wide(x[i])
		}
		logits, dlogits := make([]float64, n*n), make([]float64, n*n)
		plain.Logits(logits, x64[0], x64[1], scale, n, d)
		l := plain.CrossEntropy(dlogits, logits, n)
		want := [][]float64{make([]float64, n*d), make([]float64, n*d), {0}, {l.PerImage, l.PerText}}
		want[2][0] = plain.LogitsGrad(want[0], want[1], dlogits, logits, x64[0], x64[1], scale, n, d)
		for _, rows := range []int{1, 10, 36, 37, 0} {
			a := &arena{g: g}
			c := newContrastive(a, n, d, rows, F32)
			c.t, c.dt = a.take("t", 1), a.take("dt", 1)
			for _, w := range []struct {
				to   pointer
				from []float32
			}{{c.image, x[0]}, {c.text, x[1]}, {c.t, []float32{scale}}} {
				g.do(func() error { return g.stream.Write(w.to, w.from) })
			}
			c.run()
			for i, from := range []pointer{c.dimage, c.dtext, c.dt, c.losses} {
				got := make([]float32, len(want[i]))
				g.do(func() error { return g.stream.Read(got, from) })
				if err := g.Err(); err != nil {
					t.Fatal(err)
				}
				compare(t, fmt.Sprintf("panels of %d rows, result %d", rows, i), got, want[i], tolerance)
			}
			if err := a.free(); err != nil {
				t.Error(err)
			}
		}
	})
}
