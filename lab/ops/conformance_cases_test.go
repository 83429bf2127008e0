package ops

import (
	"fmt"
	"math"

	"cliplab/lab/ops/plain"
)

func elementCases(n int) []opCase {
	adam := AdamW{LearningRate: 0.01, Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.1,
		GradScale: 0.5, Step: 3}
	return []opCase{
		{fmt.Sprint("Add ", n), []int{n, n}, []int{n},
			func(e Engine, in, out [][]float32) { e.Add(out[0], in[0], in[1]) },
			func(in, out [][]float64) { plain.Add(out[0], in[0], in[1]) }},
		{fmt.Sprint("Scale ", n), []int{n}, []int{n},
			func(e Engine, in, out [][]float32) { e.Scale(out[0], in[0], 0.3) },
			func(in, out [][]float64) { plain.Scale(out[0], in[0], 0.3) }},
		{fmt.Sprint("SumSquares ", n), []int{n}, []int{1},
			func(e Engine, in, out [][]float32) { out[0][0] = float32(e.SumSquares(in[0])) },
			func(in, out [][]float64) { out[0][0] = plain.SumSquares(in[0]) }},
		{fmt.Sprint("QuickGELU ", n), []int{n}, []int{n},
			func(e Engine, in, out [][]float32) { e.QuickGELU(out[0], in[0]) },
			func(in, out [][]float64) { plain.QuickGELU(out[0], in[0]) }},
		{fmt.Sprint("QuickGELUGrad ", n), []int{n, n}, []int{n},
			func(e Engine, in, out [][]float32) { e.QuickGELUGrad(out[0], in[0], in[1]) },
			func(in, out [][]float64) { plain.QuickGELUGrad(out[0], in[0], in[1]) }},
		{fmt.Sprint("GELU ", n), []int{n}, []int{n},
			func(e Engine, in, out [][]float32) { e.GELU(out[0], in[0]) },
			func(in, out [][]float64) { plain.GELU(out[0], in[0]) }},
		{fmt.Sprint("GELUGrad ", n), []int{n, n}, []int{n},
			func(e Engine, in, out [][]float32) { e.GELUGrad(out[0], in[0], in[1]) },
			func(in, out [][]float64) { plain.GELUGrad(out[0], in[0], in[1]) }},
		{fmt.Sprint("AdamW ", n), []int{n, n, n, n}, []int{n, n, n},
			func(e Engine, in, out [][]float32) {
				copy(out[0], in[0])
				copy(out[1], in[1])
				for i, v := range in[2] {
					out[2][i] = v * v
				}
				e.AdamW(out[0], out[1], out[2], in[3], adam)
			},
			func(in, out [][]float64) {
				copy(out[0], in[0])
				copy(out[1], in[1])
				for i, v := range in[2] {
					out[2][i] = v * v
				}
				plain.Update(out[0], out[1], out[2], in[3], adam)
			}},
	}
}

func rowCases(rows, width int) []opCase {
	n := rows * width
	name := func(op string) string { return fmt.Sprintf("%s %d×%d", op, rows, width) }
	return []opCase{
		{name("ColumnSums"), []int{n}, []int{width},
			func(e Engine, in, out [][]float32) { e.ColumnSums(out[0], in[0], rows, width) },
			func(in, out [][]float64) { plain.ColumnSums(out[0], in[0], rows, width) }},
		{name("LayerNorm"), []int{n, width, width}, []int{n, 2 * rows},
			func(e Engine, in, out [][]float32) {
				e.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			},
			func(in, out [][]float64) {
				plain.LayerNorm(out[0], out[1], in[0], in[1], in[2], rows, width)
			}},
		{name("LayerNormGrad"), []int{n, n, width, 2 * rows, n}, []int{n, n},
			func(e Engine, in, out [][]float32) {
				e.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], nil, rows, width)
				e.LayerNormGrad(out[1], in[0], in[1], in[2], in[3], in[4], rows, width)
			},
			func(in, out [][]float64) {
				plain.LayerNormGrad(out[0], in[0], in[1], in[2], in[3], nil, rows, width)
				plain.LayerNormGrad(out[1], in[0], in[1], in[2], in[3], in[4], rows, width)
			}},
		{name("LayerNormParamGrad"), []int{n, n, 2 * rows}, []int{width, width},
			func(e Engine, in, out [][]float32) {
				e.LayerNormParamGrad(out[0], out[1], in[0], in[1], in[2], rows, width)
			},
			func(in, out [][]float64) {
				plain.LayerNormParamGrad(out[0], out[1], in[0], in[1], in[2], rows, width)
			}},
		{name("Normalize"), []int{n}, []int{n, rows},
			func(e Engine, in, out [][]float32) { e.Normalize(out[0], out[1], in[0], rows, width) },
			func(in, out [][]float64) { plain.Normalize(out[0], out[1], in[0], rows, width) }},
		{name("NormalizeGrad"), []int{n, n}, []int{n, rows},
			func(e Engine, in, out [][]float32) {
				for i := range rows {
					out[1][i] = float32(i%3) + 1
				}
				e.NormalizeGrad(out[0], in[0], in[1], out[1], rows, width)
			},
			func(in, out [][]float64) {
				for i := range rows {
					out[1][i] = float64(i%3) + 1
				}
				plain.NormalizeGrad(out[0], in[0], in[1], out[1], rows, width)
			}},
		{name("Softmax"), []int{n}, []int{n},
			func(e Engine, in, out [][]float32) { e.Softmax(out[0], in[0], 3, rows, width) },
			func(in, out [][]float64) { plain.Softmax(out[0], in[0], 3, rows, width) }},
		{name("SoftmaxGrad"), []int{n, n}, []int{n},
			func(e Engine, in, out [][]float32) { e.SoftmaxGrad(out[0], in[0], in[1], 3, rows, width) },
			func(in, out [][]float64) { plain.SoftmaxGrad(out[0], in[0], in[1], 3, rows, width) }},
	}
}

func attentionCases(h Heads) []opCase {
	x, p := h.Batch*h.Tokens*h.Width, h.Batch*h.Heads*h.Tokens*h.Tokens
	return []opCase{
		{fmt.Sprintf("Attention %v", h), []int{3 * x}, []int{x, p},
			func(e Engine, in, out [][]float32) { e.Attention(out[0], out[1], in[0], h) },
			func(in, out [][]float64) { plain.Attention(out[0], out[1], in[0], h) }},
		{fmt.Sprintf("Attention %v unkept", h), []int{3 * x}, []int{x},
			func(e Engine, in, out [][]float32) { e.Attention(out[0], nil, in[0], h) },
			func(in, out [][]float64) { plain.Attention(out[0], nil, in[0], h) }},
		{fmt.Sprintf("AttentionGrad %v", h), []int{3 * x, x}, []int{3 * x, x, p},
			func(e Engine, in, out [][]float32) {
				e.Attention(out[1], out[2], in[0], h)
				e.AttentionGrad(out[0], in[1], in[0], out[2], h)
			},
			func(in, out [][]float64) {
				plain.Attention(out[1], out[2], in[0], h)
				plain.AttentionGrad(out[0], in[1], in[0], out[2], h)
			}},
	}
}

func lossCases(n, d int) []opCase {
	t := 0.3
	return []opCase{{fmt.Sprintf("ContrastiveLoss %d×%d", n, d), []int{n * d, n * d},
		[]int{n * n, n * n, 2, n * d, n * d, 1},
		func(e Engine, in, out [][]float32) {
			e.Logits(out[0], in[0], in[1], float32(t), n, d)
			l := e.CrossEntropy(out[1], out[0], n)
			out[2][0], out[2][1] = float32(l.PerImage), float32(l.PerText)
			out[5][0] = e.LogitsGrad(out[3], out[4], out[1], out[0], in[0], in[1], float32(t), n, d)
		},
		func(in, out [][]float64) {
			plain.Logits(out[0], in[0], in[1], t, n, d)
			l := plain.CrossEntropy(out[1], out[0], n)
			out[2][0], out[2][1] = l.PerImage, l.PerText
			out[5][0] = plain.LogitsGrad(out[3], out[4], out[1], out[0], in[0], in[1], t, n, d)
		}}}
}

func tokenCases() []opCase {
	const batch, tokens, vocabulary, width = 30, 7, 11, 37
	ids := make([]int, batch*tokens)
	for i := range ids {
		ids[i] = int(math.Abs(math.Sin(float64(i))) * vocabulary)
	}
	var all []opCase
	all = append(all,
		opCase{"Embedding", []int{vocabulary * width, tokens * width}, []int{batch * tokens * width},
			func(e Engine, in, out [][]float32) { e.Embedding(out[0], ids, in[0], in[1], tokens, width) },
			func(in, out [][]float64) { plain.Embedding(out[0], ids, in[0], in[1], tokens, width) }},
		opCase{"EmbeddingGrad", []int{batch * tokens * width}, []int{vocabulary * width},
			func(e Engine, in, out [][]float32) { e.EmbeddingGrad(out[0], in[0], ids, width) },
			func(in, out [][]float64) { plain.EmbeddingGrad(out[0], in[0], ids, width) }},
		opCase{"Sequence", []int{batch * tokens * width, width, (tokens + 1) * width},
			[]int{batch * (tokens + 1) * width},
			func(e Engine, in, out [][]float32) {
				e.Sequence(out[0], in[0], in[1], in[2], batch, tokens, width)
			},
			func(in, out [][]float64) {
				plain.Sequence(out[0], in[0], in[1], in[2], batch, tokens, width)
			}},
		opCase{"SequenceGrad", []int{batch * (tokens + 1) * width}, []int{batch * tokens * width},
			func(e Engine, in, out [][]float32) { e.SequenceGrad(out[0], in[0], batch, tokens, width) },
			func(in, out [][]float64) { plain.SequenceGrad(out[0], in[0], batch, tokens, width) }})
	for _, s := range [][3]int{{1, 1, 1}, {2, 8, 4}, {3, 9, 3}, {2, 10, 4}} {
		b, size, patch := s[0], s[1], s[2]
		pixels, cut := b*3*size*size, b*(size/patch)*(size/patch)*3*patch*patch
		all = append(all,
			opCase{fmt.Sprint("Patches ", s), []int{pixels}, []int{cut},
				func(e Engine, in, out [][]float32) { e.Patches(out[0], in[0], b, size, patch) },
				func(in, out [][]float64) { plain.Patches(out[0], in[0], b, size, patch) }},
			opCase{fmt.Sprint("PatchesGrad ", s), []int{cut}, []int{pixels},
				func(e Engine, in, out [][]float32) { e.PatchesGrad(out[0], in[0], b, size, patch) },
				func(in, out [][]float64) { plain.PatchesGrad(out[0], in[0], b, size, patch) }})
	}
	return all
}

func heads(batch, tokens, width, heads int, causal bool) Heads {
	return Heads{Batch: batch, Tokens: tokens, Width: width, Heads: heads, Causal: causal}
}
