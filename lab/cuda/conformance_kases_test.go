package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"

	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// kases are all ops: edges first, then shapes drawn at random.
func kases(rng *rand.Rand) []kase {
	upTo := func(n int) int { return 1 + rng.IntN(n) }
	var all []kase
	for _, s := range [][3]int{{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 1, 1}, {64, 64, 16},
		{65, 63, 17}, {130, 129, 40}, {9, 33, 1100}, {upTo(150), upTo(150), upTo(100)}} {
		all = append(all, productKases(s[0], s[1], s[2])...)
	}
	for _, n := range []int{0, 1, 255, 256, 257, upTo(3000)} {
		all = append(all, elementKases(n)...)
	}
	for _, s := range [][2]int{{1, 1}, {3, 5}, {9, 33}, {600, 40}, {upTo(40), upTo(300)}} {
		all = append(all, rowKases(s[0], s[1])...)
	}
	for _, h := range []ops.Heads{heads(1, 1, 1, 1, false), heads(2, 5, 6, 2, false),
		heads(2, 13, 32, 2, true), heads(1, 70, 96, 2, true), heads(1, 33, 80, 1, false),
		heads(2, upTo(90), 24, 3, rng.IntN(2) > 0)} {
		all = append(all, attentionKases(h)...)
	}
	for _, s := range [][2]int{{1, 1}, {2, 3}, {33, 20}, {70, 64}, {upTo(100), upTo(64)}} {
		all = append(all, lossKases(s[0], s[1])...)
	}
	return append(all, tokenKases(rng)...)
}

// rounded rounds the first count arrays as the tensor cores' operands are.
func rounded(count int) func(in [][]float64, p Precision) {
	return func(in [][]float64, p Precision) {
		for _, x := range in[:count] {
			for i, v := range x {
				switch p {
				case TF32:
					b := math.Float32bits(float32(v))
					x[i] = float64(math.Float32frombits((b + 1<<12) &^ (1<<13 - 1)))
				case BF16:
					one := []float64{v}
					plain.RoundBF16(one, one)
					x[i] = one[0]
				}
			}
		}
	}
}

func productKases(m, n, k int) []kase {
	var all []kase
	for form := range 8 {
		ta, tb, add := form&1 > 0, form&2 > 0, form&4 > 0
		all = append(all, kase{name: fmt.Sprintf("Gemm %d×%d×%d %v %v %v", m, n, k, ta, tb, add),
			in: []int{m * k, k * n}, out: []int{m * n}, round: rounded(2),
			run: func(e *Engine, in, out [][]float32) {
				e.Gemm(out[0], in[0], in[1], m, n, k, ta, tb, add)
			},
			judge: func(in, out [][]float64) {
				plain.Gemm(out[0], in[0], in[1], m, n, k, ta, tb, add)
			}})
	}
	return append(all, kase{name: fmt.Sprintf("Linear %d×%d×%d", m, n, k),
		in: []int{m * k, n * k, n, m * n}, out: []int{m * n}, round: rounded(2),
		run: func(e *Engine, in, out [][]float32) {
			e.Linear(out[0], in[0], in[1], in[2], in[3], m, k, n)
		},
		judge: func(in, out [][]float64) {
			plain.Linear(out[0], in[0], in[1], in[2], in[3], m, k, n)
		}})
}

func elementKases(n int) []kase {
	adam := ops.AdamW{LearningRate: 0.01, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.1,
		GradScale: 0.5, Step: 3}
	two, three := []int{n, n}, []int{n}
	name := func(op string) string { return fmt.Sprintf("%s %d", op, n) }
	all := []kase{
		{name: name("Add"), in: two, out: three,
			run:   func(e *Engine, in, out [][]float32) { e.Add(out[0], in[0], in[1]) },
			judge: func(in, out [][]float64) { plain.Add(out[0], in[0], in[1]) }},
		{name: name("Scale"), in: three, out: three,
			run:   func(e *Engine, in, out [][]float32) { e.Scale(out[0], in[0], 0.3) },
			judge: func(in, out [][]float64) { plain.Scale(out[0], in[0], 0.3) }},
		{name: name("SumSquares"), in: three, out: []int{1},
			run:   func(e *Engine, in, out [][]float32) { out[0][0] = float32(e.SumSquares(in[0])) },
			judge: func(in, out [][]float64) { out[0][0] = plain.SumSquares(in[0]) }},
		{name: name("AdamW"), in: []int{n, n, n, n}, out: []int{n, n, n},
			run: func(e *Engine, in, out [][]float32) {
				copy(out[0], in[0])
				copy(out[1], in[1])
				for i, v := range in[2] {
					out[2][i] = v * v
				}
				e.AdamW(out[0], out[1], out[2], in[3], adam)
			},
			judge: func(in, out [][]float64) {
				copy(out[0], in[0])
				copy(out[1], in[1])
				for i, v := range in[2] {
					out[2][i] = v * v
				}
				plain.Update(out[0], out[1], out[2], in[3], adam)
			}}}
	for _, a := range []struct {
		name  string
		f, df func(e *Engine, out, in, x []float32)
		p, dp func(out, in, x []float64)
	}{
		{"QuickGELU", func(e *Engine, out, in, _ []float32) { e.QuickGELU(out, in) },
			func(e *Engine, out, in, x []float32) { e.QuickGELUGrad(out, in, x) },
			func(out, in, _ []float64) { plain.QuickGELU(out, in) }, plain.QuickGELUGrad[float64]},
		{"GELU", func(e *Engine, out, in, _ []float32) { e.GELU(out, in) },
			func(e *Engine, out, in, x []float32) { e.GELUGrad(out, in, x) },
			func(out, in, _ []float64) { plain.GELU(out, in) }, plain.GELUGrad[float64]},
	} {
		all = append(all, kase{name: name(a.name), in: two, out: two,
			run: func(e *Engine, in, out [][]float32) {
				a.f(e, out[0], in[0], nil)
				a.df(e, out[1], in[0], in[1])
			},
			judge: func(in, out [][]float64) {
				a.p(out[0], in[0], nil)
				a.dp(out[1], in[0], in[1])
			}})
	}
	return all
}

func rowKases(rows, width int) []kase {
	n := rows * width
	name := func(op string) string { return fmt.Sprintf("%s %d×%d", op, rows, width) }
	return []kase{
		{name: name("ColumnSums"), in: []int{n}, out: []int{width},
			run:   func(e *Engine, in, out [][]float32) { e.ColumnSums(out[0], in[0], rows, width) },
			judge: func(in, out [][]float64) { plain.ColumnSums(out[0], in[0], rows, width) }},
		{name: name("LayerNorm"), in: []int{n, width, width}, out: []int{n, 2 * rows},
			run: func(e *Engine, in, out [][]float32) {
				e.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			},
			judge: func(in, out [][]float64) {
				plain.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			}},
		{name: name("LayerNormGrad"), in: []int{n, n, width, 2 * rows, n},
			out: []int{n, n, width, width},
			run: func(e *Engine, in, out [][]float32) {
				e.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], nil, rows, width)
				e.LayerNormGrad(out[1], in[0], in[1], in[2], in[3], in[4], rows, width)
				e.LayerNormParamGrad(out[2], out[3], in[0], in[1], in[3], rows, width)
			},
			judge: func(in, out [][]float64) {
				plain.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], nil, rows, width)
				plain.LayerNormGrad(out[1], in[0], in[1], in[2], in[3], in[4], rows, width)
				plain.LayerNormParamGrad(out[2], out[3], in[0], in[1], in[3], rows, width)
			}},
		{name: name("Normalize"), in: []int{n, n}, out: []int{n, rows, n},
			run: func(e *Engine, in, out [][]float32) {
				e.Normalize(out[0], out[1], in[0], rows, width)
				e.NormalizeGrad(out[2], in[1], out[0], out[1], rows, width)
				for i := range out[2] { // by a short row the gradient is large, and errors with it
					out[2][i] *= out[1][i/width]
				}
			},
			judge: func(in, out [][]float64) {
				plain.Normalize(out[0], out[1], in[0], rows, width)
				plain.NormalizeGrad(out[2], in[1], out[0], out[1], rows, width)
				for i := range out[2] {
					out[2][i] *= out[1][i/width]
				}
			}},
		{name: name("Softmax"), in: []int{n, n}, out: []int{n, n},
			run: func(e *Engine, in, out [][]float32) {
				e.Softmax(out[0], in[0], 3, rows, width)
				e.SoftmaxGrad(out[1], in[1], out[0], 3, rows, width)
			},
			judge: func(in, out [][]float64) {
				plain.Softmax(out[0], in[0], 3, rows, width)
				plain.SoftmaxGrad(out[1], in[1], out[0], 3, rows, width)
			}},
	}
}

func attentionKases(h ops.Heads) []kase {
	x, p := h.Batch*h.Tokens*h.Width, h.Batch*h.Heads*h.Tokens*h.Tokens
	judge := func(in, out [][]float64) {
		plain.Attention(out[0], out[1], in[0], h)
		plain.AttentionGrad(out[2], in[1], in[0], out[1], h)
	}
	return []kase{
		{name: fmt.Sprintf("Attention %v", h), in: []int{3 * x, x}, out: []int{x, p, 3 * x},
			run: func(e *Engine, in, out [][]float32) {
				e.Attention(out[0], out[1], in[0], h)
				e.AttentionGrad(out[2], in[1], in[0], out[1], h)
			}, judge: judge},
		{name: fmt.Sprintf("Attention %v unkept", h), in: []int{3 * x, x}, out: []int{x, 3 * x},
			run: func(e *Engine, in, out [][]float32) {
				e.Attention(out[0], nil, in[0], h)
				e.AttentionGradAgain(out[1], in[1], in[0], h)
			},
			judge: func(in, out [][]float64) {
				judge(in, [][]float64{out[0], make([]float64, p), out[1]})
			}},
	}
}

func lossKases(n, d int) []kase {
	const t = 0.3
	return []kase{{name: fmt.Sprintf("ContrastiveLoss %d×%d", n, d), in: []int{n * d, n * d},
		out: []int{n * n, n * n, 2, n * d, n * d, 1},
		run: func(e *Engine, in, out [][]float32) {
			e.Logits(out[0], in[0], in[1], t, n, d)
			l := e.CrossEntropy(out[1], out[0], n)
			out[2][0], out[2][1] = float32(l.PerImage), float32(l.PerText)
			out[5][0] = e.LogitsGrad(out[3], out[4], out[1], out[0], in[0], in[1], t, n, d)
		},
		judge: func(in, out [][]float64) {
			plain.Logits(out[0], in[0], in[1], t, n, d)
			l := plain.CrossEntropy(out[1], out[0], n)
			out[2][0], out[2][1] = l.PerImage, l.PerText
			out[5][0] = plain.LogitsGrad(out[3], out[4], out[1], out[0], in[0], in[1], t, n, d)
		}}}
}

func tokenKases(rng *rand.Rand) []kase {
	batch, tokens, vocabulary, width := 3+rng.IntN(9), 7, 11, 37
	ids, index := make([]int, batch*tokens), make([]int, batch)
	for i := range ids {
		ids[i] = rng.IntN(vocabulary)
	}
	for i := range index {
		index[i] = rng.IntN(tokens)
	}
	x, row := batch*tokens*width, batch*width
	all := []kase{
		{name: "Embedding", in: []int{vocabulary * width, tokens * width, x},
			out: []int{x, vocabulary * width},
			run: func(e *Engine, in, out [][]float32) {
				e.Embedding(out[0], ids, in[0], in[1], tokens, width)
				e.EmbeddingGrad(out[1], in[2], ids, width)
			},
			judge: func(in, out [][]float64) {
				plain.Embedding(out[0], ids, in[0], in[1], tokens, width)
				plain.EmbeddingGrad(out[1], in[2], ids, width)
			}},
		{name: "Sequence", in: []int{x, width, (tokens + 1) * width},
			out: []int{x + row, x},
			run: func(e *Engine, in, out [][]float32) {
				e.Sequence(out[0], in[0], in[1], in[2], batch, tokens, width)
				e.SequenceGrad(out[1], out[0], batch, tokens, width)
			},
			judge: func(in, out [][]float64) {
				plain.Sequence(out[0], in[0], in[1], in[2], batch, tokens, width)
				plain.SequenceGrad(out[1], out[0], batch, tokens, width)
			}},
		{name: "Rows", in: []int{x, row}, out: []int{row, x},
			run: func(e *Engine, in, out [][]float32) {
				e.Rows(out[0], in[0], index, tokens, width)
				e.RowsGrad(out[1], in[1], index, tokens, width)
			},
			judge: func(in, out [][]float64) {
				plain.Rows(out[0], in[0], index, tokens, width)
				plain.RowsGrad(out[1], in[1], index, tokens, width)
			}}}
	for _, s := range [][3]int{{1, 1, 1}, {2, 8, 4}, {3, 9, 3}, {2, 10, 4}} {
		b, size, patch := s[0], s[1], s[2]
		pixels, cut := b*3*size*size, b*(size/patch)*(size/patch)*3*patch*patch
		all = append(all, kase{name: fmt.Sprint("Patches ", s), in: []int{pixels, cut},
			out: []int{cut, pixels},
			run: func(e *Engine, in, out [][]float32) {
				e.Patches(out[0], in[0], b, size, patch)
				e.PatchesGrad(out[1], in[1], b, size, patch)
			},
			judge: func(in, out [][]float64) {
				plain.Patches(out[0], in[0], b, size, patch)
				plain.PatchesGrad(out[1], in[1], b, size, patch)
			}})
	}
	return all
}

func heads(batch, tokens, width, heads int, causal bool) ops.Heads {
	return ops.Heads{Batch: batch, Tokens: tokens, Width: width, Heads: heads, Causal: causal}
}
