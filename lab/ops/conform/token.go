package conform

import (
	"fmt"
	"math/rand/v2"

	"cliplab/lab/ops/plain"
)

// lossCases are CLIP's loss and its gradients, in the order of a step.
func lossCases(n, d int) []Case {
	const t = 0.3
	return []Case{{Name: fmt.Sprintf("ContrastiveLoss %d×%d", n, d), In: []int{n * d, n * d},
		Out: []int{n * n, n * n, 2, n * d, n * d, 1},
		Run: func(e Engine, in, out [][]float32) {
			e.Logits(out[0], in[0], in[1], t, n, d)
			l := e.CrossEntropy(out[1], out[0], n)
			out[2][0], out[2][1] = float32(l.PerImage), float32(l.PerText)
			out[5][0] = e.LogitsGrad(out[3], out[4], out[1], out[0], in[0], in[1], t, n, d)
		},
		Judge: func(in, out [][]float64) {
			plain.Logits(out[0], in[0], in[1], t, n, d)
			l := plain.CrossEntropy(out[1], out[0], n)
			out[2][0], out[2][1] = l.PerImage, l.PerText
			out[5][0] = plain.LogitsGrad(out[3], out[4], out[1], out[0], in[0], in[1], t, n, d)
		}},
		{Name: fmt.Sprintf("CrossEntropy %d", n), In: []int{n * n}, Out: []int{n * n, 2},
			Run: func(e Engine, in, out [][]float32) {
				l := e.CrossEntropy(out[0], in[0], n)
				out[1][0], out[1][1] = float32(l.PerImage), float32(l.PerText)
			},
			Judge: func(in, out [][]float64) {
				l := plain.CrossEntropy(out[0], in[0], n)
				out[1][0], out[1][1] = l.PerImage, l.PerText
			}}}
}

func sigmoidCase(n int) Case {
	const bias = -3.5
	return Case{Name: fmt.Sprintf("SigmoidLoss %d", n), In: []int{n * n}, Out: []int{n * n, 2},
		Run: func(e Engine, in, out [][]float32) {
			loss, dbias := e.SigmoidLoss(out[0], in[0], bias, n)
			out[1][0], out[1][1] = float32(loss), dbias
		},
		Judge: func(in, out [][]float64) {
			out[1][0], out[1][1] = plain.SigmoidLoss(out[0], in[0], bias, n)
		}}
}

// tokenCases are ops that move numbers, one of a batch drawn at random.
func tokenCases(rng *rand.Rand) []Case {
	const tokens, vocabulary, width = 7, 11, 37
	batch := 3 + rng.IntN(28)
	ids, index := make([]int, batch*tokens), make([]int, batch)
	for i := range ids {
		ids[i] = rng.IntN(vocabulary)
	}
	for i := range index {
		index[i] = rng.IntN(tokens)
	}
	x, row := batch*tokens*width, batch*width
	of := func(op string, in, out int, run func(e Engine, in, out [][]float32),
		judge func(in, out [][]float64)) Case {
		return Case{Name: fmt.Sprintf("%s, batch of %d", op, batch), In: []int{in}, Out: []int{out},
			Run: run, Judge: judge}
	}
	return append(patchCases(rng), embeddingCase(ids, tokens, vocabulary, width),
		of("EmbeddingGrad", x, vocabulary*width,
			func(e Engine, in, out [][]float32) { e.EmbeddingGrad(out[0], in[0], ids, width) },
			func(in, out [][]float64) { plain.EmbeddingGrad(out[0], in[0], ids, width) }),
		sequenceCase(batch, tokens, width),
		of("SequenceGrad", x+row, x,
			func(e Engine, in, out [][]float32) { e.SequenceGrad(out[0], in[0], batch, tokens, width) },
			func(in, out [][]float64) { plain.SequenceGrad(out[0], in[0], batch, tokens, width) }),
		of("Rows", x, row,
			func(e Engine, in, out [][]float32) { e.Rows(out[0], in[0], index, tokens, width) },
			func(in, out [][]float64) { plain.Rows(out[0], in[0], index, tokens, width) }),
		of("RowsGrad", row, x,
			func(e Engine, in, out [][]float32) { e.RowsGrad(out[0], in[0], index, tokens, width) },
			func(in, out [][]float64) { plain.RowsGrad(out[0], in[0], index, tokens, width) }))
}

func embeddingCase(ids []int, tokens, vocabulary, width int) Case {
	return Case{Name: fmt.Sprintf("Embedding of %d", len(ids)),
		In: []int{vocabulary * width, tokens * width}, Out: []int{len(ids) * width},
		Run: func(e Engine, in, out [][]float32) {
			e.Embedding(out[0], ids, in[0], in[1], tokens, width)
		},
		Judge: func(in, out [][]float64) {
			plain.Embedding(out[0], ids, in[0], in[1], tokens, width)
		}}
}

func sequenceCase(batch, count, width int) Case {
	return Case{Name: fmt.Sprintf("Sequence %d×%d×%d", batch, count, width),
		In:  []int{batch * count * width, width, (count + 1) * width},
		Out: []int{batch * (count + 1) * width},
		Run: func(e Engine, in, out [][]float32) {
			e.Sequence(out[0], in[0], in[1], in[2], batch, count, width)
		},
		Judge: func(in, out [][]float64) {
			plain.Sequence(out[0], in[0], in[1], in[2], batch, count, width)
		}}
}

func patchCases(rng *rand.Rand) []Case {
	var all []Case
	for _, s := range [][3]int{{1, 1, 1}, {2, 8, 4}, {3, 9, 3}, {2, 10, 4},
		{1 + rng.IntN(4), 12 + rng.IntN(20), 1 + rng.IntN(12)}} {
		b, size, patch := s[0], s[1], s[2]
		pixels, cut := b*3*size*size, b*(size/patch)*(size/patch)*3*patch*patch
		all = append(all,
			Case{Name: fmt.Sprint("Patches ", s), In: []int{pixels}, Out: []int{cut},
				Run:   func(e Engine, in, out [][]float32) { e.Patches(out[0], in[0], b, size, patch) },
				Judge: func(in, out [][]float64) { plain.Patches(out[0], in[0], b, size, patch) }},
			Case{Name: fmt.Sprint("PatchesGrad ", s), In: []int{cut}, Out: []int{pixels},
				Run:   func(e Engine, in, out [][]float32) { e.PatchesGrad(out[0], in[0], b, size, patch) },
				Judge: func(in, out [][]float64) { plain.PatchesGrad(out[0], in[0], b, size, patch) }})
	}
	return all
}
