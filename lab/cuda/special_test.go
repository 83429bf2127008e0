package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"cliplab/lab/ops"
)

// NaN and ±Inf in any place of any input come out where the plain loops in float32 have them.
func TestSpecialValues(t *testing.T) {
	s := seed(t)
	specials := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	eachGPU(t, func(t *testing.T, g *GPU) {
		e, rng := g.Engine(F32), rand.New(rand.NewPCG(s, 3))
		for _, k := range specialKases() {
			for input, n := range k.in {
				for _, special := range specials {
					in, _ := randoms(rng, k.in)
					in[input][rng.IntN(n)] = special
					got, want := make([][]float32, len(k.out)), make([][]float32, len(k.out))
					for i, n := range k.out {
						got[i], want[i] = make([]float32, n), make([]float32, n)
					}
					k.run(e, in, got)
					k.run(plainly{}, in, want)
					for i := range got {
						name := fmt.Sprintf("%s, %v in input %d, output %d", k.name, special, input, i)
						classify(t, name, got[i], want[i])
					}
				}
			}
		}
	})
}

// plainly are the ops of the judge's engine.
type plainly struct{}

func (plainly) engine() ops.Engine { return ops.Engines()[0] }

func (e *Engine) engine() ops.Engine { return e }

// special is a kase that both engines run.
type special struct {
	name    string
	in, out []int
	run     func(e interface{ engine() ops.Engine }, in, out [][]float32)
}

func specialKases() []special {
	const rows, width, n = 9, 37, 9 * 37
	h := heads(2, 18, 8, 2, true)
	x := h.Batch * h.Tokens * h.Width
	of := func(name string, in, out []int, f func(e ops.Engine, in, out [][]float32)) special {
		return special{name, in, out,
			func(e interface{ engine() ops.Engine }, in, out [][]float32) { f(e.engine(), in, out) }}
	}
	return []special{
		of("Gemm", []int{n, n}, []int{rows * rows}, func(e ops.Engine, in, out [][]float32) {
			e.Gemm(out[0], in[0], in[1], rows, rows, width, false, true, false)
		}),
		of("QuickGELU", []int{n, n}, []int{n, n}, func(e ops.Engine, in, out [][]float32) {
			e.QuickGELU(out[0], in[0])
			e.QuickGELUGrad(out[1], in[1], in[0])
		}),
		of("GELU", []int{n}, []int{n}, func(e ops.Engine, in, out [][]float32) {
			e.GELU(out[0], in[0])
		}),
		of("LayerNorm", []int{n, width, width}, []int{n, 2 * rows},
			func(e ops.Engine, in, out [][]float32) {
				e.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			}),
		of("Normalize", []int{n}, []int{n, rows}, func(e ops.Engine, in, out [][]float32) {
			e.Normalize(out[0], out[1], in[0], rows, width)
		}),
		of("Softmax", []int{n}, []int{n}, func(e ops.Engine, in, out [][]float32) {
			e.Softmax(out[0], in[0], 2, rows, width)
		}),
		of("ColumnSums", []int{n}, []int{width}, func(e ops.Engine, in, out [][]float32) {
			e.ColumnSums(out[0], in[0], rows, width)
		}),
		of("Attention", []int{3 * x}, []int{x}, func(e ops.Engine, in, out [][]float32) {
			e.Attention(out[0], nil, in[0], h)
		}),
		of("CrossEntropy", []int{rows * rows}, []int{rows * rows, 2},
			func(e ops.Engine, in, out [][]float32) {
				l := e.CrossEntropy(out[0], in[0], rows)
				out[1][0], out[1][1] = float32(l.PerImage), float32(l.PerText)
			}),
	}
}

// classify wants NaN where the judge has NaN, a number where it has one, and Inf or, as infinite
// terms may meet in another order, NaN where it has Inf.
func classify(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range got {
		g, w := float64(got[i]), float64(want[i])
		finite := !math.IsNaN(g) && !math.IsInf(g, 0)
		ok := math.IsNaN(g)
		switch {
		case math.IsInf(w, 0):
			ok = ok || g == w
		case !math.IsNaN(w):
			ok = finite
		}
		if !ok {
			t.Errorf("%s: element %d is %v, the judge has %v", name, i, g, w)
			return
		}
	}
}
