package cuda

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"cliplab/lab/cuda/sim"
	"cliplab/lab/ops/conform"
	"cliplab/lab/ops/plain"
)

// halfCase is an op of which the first arrays of inputs and of outputs are bf16 in memory, as the
// Trainer has them; the engine's seam has none of these.
func halfCase(name string, in, out []int, halfIn, halfOut int, run func(g *GPU, in, out []pointer),
	judge func(in, out [][]float64)) conform.Case {
	return conform.Case{Name: name, In: in, Out: out, Products: halfIn, Judge: judge,
		Run: func(e conform.Engine, x, y [][]float32) {
			f := e.(*Engine).frame()
			var in, out []pointer
			for i := range x {
				in = append(in, f.numbers(x[i], false, i < halfIn))
			}
			for i := range y {
				out = append(out, f.numbers(y[i], true, i < halfOut))
			}
			run(f.g, in, out)
			f.done(name)
		}}
}

// fusedCase is a product with all that may be fused with it.
func fusedCase(rng *rand.Rand, m, n, k int) conform.Case {
	ta, tb, half, kind := rng.IntN(2) > 0, rng.IntN(2) > 0, rng.IntN(3) > 0, act(rng.IntN(5))
	bias, residual := rng.IntN(2) > 0, rng.IntN(2) > 0
	slope := kind == quickSlope || kind == exactSlope
	out := []int{m * n, m * n}
	if slope || !half || kind == plainAct {
		out = out[:1]
	}
	if !half && !slope {
		kind = plainAct
	}
	name := fmt.Sprintf("product %d×%d×%d %v %v %v act %d %v %v", m, n, k, ta, tb, half, kind, bias,
		residual)
	return conform.Case{Name: name, In: []int{m * k, k * n, m * n, n, m * n}, Out: out, Products: 4,
		Run: func(e conform.Engine, x, y [][]float32) {
			fr := e.(*Engine).frame()
			f := fused{half: half, act: kind}
			if bias { // of one, cuBLASLt wants the rounded numbers
				f.bias, f.bias16 = fr.in(x[3]), fr.numbers(x[3], false, true)
			}
			if residual {
				f.residual = fr.in(x[4])
			}
			to := fr.numbers(y[0], true, half)
			switch {
			case slope:
				f.pre = fr.numbers(x[2], false, true)
			case kind != plainAct:
				f.pre = fr.numbers(y[1], true, true)
			}
			fr.g.gemm(to, fr.numbers(x[0], false, true), fr.numbers(x[1], false, true), m, n, k, ta, tb, f,
				BF16)
			fr.done(name)
		},
		Judge: func(in, out [][]float64) {
			x := make([]float64, m*n)
			plain.Gemm(x, in[0], in[1], m, n, k, ta, tb, false)
			for i := range x {
				if bias {
					x[i] += in[3][i%n]
				}
			}
			switch y := slices.Clone(x); kind {
			case quickAct:
				copy(out[1], x)
				plain.QuickGELU(x, y)
			case exactAct:
				copy(out[1], x)
				plain.GELU(x, y)
			case quickSlope:
				plain.QuickGELUGrad(x, y, in[2])
			case exactSlope:
				plain.GELUGrad(x, y, in[2])
			}
			for i := range x {
				if residual {
					x[i] += in[4][i]
				}
			}
			copy(out[0], x)
		}}
}

// sumsCase is the gradient of a weight and its bias in one.
func sumsCase(m, n, k int) conform.Case {
	return halfCase(fmt.Sprintf("product and sums %d×%d×%d", m, n, k), []int{k * m, k * n},
		[]int{m * n, m}, 2, 0,
		func(g *GPU, in, out []pointer) {
			g.gemm(out[0], in[0], in[1], m, n, k, true, false, fused{sums: out[1]}, BF16)
		},
		func(in, out [][]float64) {
			plain.Gemm(out[0], in[0], in[1], m, n, k, true, false, false)
			plain.ColumnSums(out[1], in[0], k, m)
		})
}

// lowCases are the ops between products that read or write bf16.
func lowCases(rows, width int) []conform.Case {
	n, r, w := rows*width, int32(rows), int32(width)
	of := func(op string, in, out []int, halfIn, halfOut int, run func(g *GPU, in, out []pointer),
		judge func(in, out [][]float64)) conform.Case {
		return halfCase(fmt.Sprintf("%s %d×%d", op, rows, width), in, out, halfIn, halfOut, run, judge)
	}
	ones := make([]float64, rows)
	for i := range ones {
		ones[i] = 1
	}
	return []conform.Case{
		of("layer_norm_bf16", []int{n, width, width}, []int{n, 2 * rows}, 0, 1,
			func(g *GPU, in, out []pointer) {
				g.layerNorm(out[0], out[1], in[0], in[1], in[2], rows, width, true)
			},
			func(in, out [][]float64) {
				plain.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			}),
		of("layer_norm_grad_bf16", []int{n, n, width, 2 * rows, n}, []int{n, n}, 1, 1,
			func(g *GPU, in, out []pointer) {
				g.layerNormGrad(out[1], out[0], in[0], in[1], in[2], in[3], in[4], rows, width, true)
			},
			func(in, out [][]float64) {
				plain.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], in[4], rows, width)
				copy(out[1], out[0])
			}),
		of("layer_norm_param_grad_bf16", []int{n, n, 2 * rows}, []int{width, width}, 1, 0,
			func(g *GPU, in, out []pointer) {
				g.layerNormParamGrad(out[0], out[1], in[0], in[1], in[2], rows, width, true)
			},
			func(in, out [][]float64) {
				plain.LayerNormParamGrad(out[0], out[1], in[0], in[1], in[2], rows, width)
			}),
		of("layer_norm_back", []int{n, n, width, 2 * rows, n}, []int{n, n, width, width}, 1, 1,
			func(g *GPU, in, out []pointer) {
				g.layerNormBack(out[1], out[0], out[2], out[3], in[0], in[1], in[2], in[3], in[4], rows, width)
			},
			func(in, out [][]float64) {
				plain.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], in[4], rows, width)
				copy(out[1], out[0])
				plain.LayerNormParamGrad(out[2], out[3], in[0], in[1], in[3], rows, width)
			}),
		of("column_sums_bf16", []int{n}, []int{width}, 1, 0,
			func(g *GPU, in, out []pointer) { g.columnSums(out[0], in[0], rows, width, true) },
			func(in, out [][]float64) { plain.ColumnSums(out[0], in[0], rows, width) }),
		of("normalize_grad_bf16", []int{n, n}, []int{n, rows}, 0, 1,
			func(g *GPU, in, out []pointer) {
				g.each("fill", rows, out[1], float32(1))
				g.eachRow("normalize_grad_bf16", rows, out[0], in[0], in[1], out[1], r, w)
			},
			func(in, out [][]float64) {
				plain.NormalizeGrad(out[0], in[0], in[1], ones, rows, width)
				copy(out[1], ones)
			}),
		of("rows_bf16", []int{n}, []int{width}, 1, 1,
			func(g *GPU, in, out []pointer) { g.each("rows_bf16", width, out[0], in[0], pointer(0), r, w) },
			func(in, out [][]float64) { copy(out[0], in[0][:width]) }),
		of("rows_grad_bf16", []int{width}, []int{n}, 1, 1,
			func(g *GPU, in, out []pointer) {
				g.each("rows_grad_bf16", n, out[0], in[0], pointer(0), r, w)
			},
			func(in, out [][]float64) { clear(out[0][copy(out[0], in[0]):]) }),
		of("sequence_bf16", []int{n, width, n + width}, []int{n + width}, 1, 0,
			func(g *GPU, in, out []pointer) {
				g.each("sequence_bf16", n+width, out[0], in[0], in[1], in[2], r, w)
			},
			func(in, out [][]float64) { plain.Sequence(out[0], in[0], in[1], in[2], 1, rows, width) }),
		of("sequence_grad_bf16", []int{n + width}, []int{n}, 0, 1,
			func(g *GPU, in, out []pointer) { g.each("sequence_grad_bf16", n, out[0], in[0], r, w) },
			func(in, out [][]float64) { plain.SequenceGrad(out[0], in[0], 1, rows, width) }),
		of("patches_bf16", []int{3 * rows * rows}, []int{3 * rows * rows}, 0, 1,
			func(g *GPU, in, out []pointer) {
				g.each("patches_bf16", 3*rows*rows, out[0], in[0], r, int32(1))
			},
			func(in, out [][]float64) { plain.Patches(out[0], in[0], 1, rows, 1) }),
	}
}

// What the Trainer fuses and keeps in bf16 is what float64 gives of the same inputs, rounded to
// bf16: off by 2⁻⁹ of a number at most, of which the tolerance is twice that. Sums of a thousand
// rounded terms are exact to far less.
func TestHalf(t *testing.T) {
	s := conform.Seed(t)
	rng := rand.New(rand.NewPCG(s, 10))
	var cases []conform.Case
	for _, m := range [][3]int{{1, 1, 1}, {64, 64, 32}, {65, 63, 17}, {130, 136, 72}, {24, 40, 800},
		{1 + rng.IntN(140), 1 + rng.IntN(140), 1 + rng.IntN(100)},
		{8 + 8*rng.IntN(18), 8 + 8*rng.IntN(18), 8 + 8*rng.IntN(12)}} {
		for range 3 {
			cases = append(cases, fusedCase(rng, m[0], m[1], m[2]))
		}
		cases = append(cases, sumsCase(m[0], m[1], m[2]))
	}
	for _, m := range [][2]int{{3, 5}, {300, 40}, {1 + rng.IntN(40), 4 + rng.IntN(300)}} {
		cases = append(cases, lowCases(m[0], m[1])...)
	}
	run := func(t *testing.T, g *GPU, tolerance float64) {
		e := []conform.Engine{g.Engine(BF16)}
		conform.Run(t, e, cases, s, conform.Rules{Round: rounding(BF16), Tolerance: tolerance})
		conform.Run(t, e, slices.DeleteFunc(slices.Clone(cases), func(c conform.Case) bool {
			return c.Products > 0
		}), s, conform.Rules{Tolerance: tolerance}) // those that the line above leaves out
	}
	eachGPU(t, func(t *testing.T, g *GPU) { run(t, g, 1./256) })
	for _, lt := range []bool{false, true} {
		machine := sim.New(sim.Options{BLAS: true, BLASLt: lt})
		g := simulated(t, machine)
		if err := g.UseBLAS(); err != nil {
			t.Fatal(err)
		}
		run(t, g, 2./256) // the product is rounded before it is finished
		if err := g.Close(); err != nil || machine.Left() != "" {
			t.Errorf("%v; not given back: %s", err, machine.Left())
		}
	}
}
