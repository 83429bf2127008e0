package ops

import "cliplab/lab/ops/plain"

// plainEngine runs the judge, package plain, in float32.
type plainEngine struct{}

func (plainEngine) Name() string { return "plain" }

func (plainEngine) Gemm(dst, a, b []float32, m, n, k int, transA, transB, add bool) {
	plain.Gemm(dst, a, b, m, n, k, transA, transB, add)
}

func (plainEngine) Linear(dst, x, w, bias, residual []float32, rows, in, out int) {
	plain.Linear(dst, x, w, bias, residual, rows, in, out)
}

func (plainEngine) Apply(m *Matrix, dst, x, bias, residual []float32, rows int, act Activation) {
	plain.Apply(dst, x, m.unpack(), bias, residual, rows, m.in, m.out, m.precision, act)
}

func (plainEngine) ColumnSums(dst, x []float32, rows, columns int) {
	plain.ColumnSums(dst, x, rows, columns)
}

func (plainEngine) Add(dst, a, b []float32) { plain.Add(dst, a, b) }

func (plainEngine) SumSquares(x []float32) float64 { return plain.SumSquares(x) }

func (plainEngine) LayerNorm(dst, stats, x, gamma, beta []float32, rows, width int) {
	plain.LayerNorm(dst, stats, x, gamma, beta, rows, width)
}

func (plainEngine) LayerNormGrad(dx, dy, x, gamma, stats, skip []float32, rows, width int) {
	plain.LayerNormGrad(dx, dy, x, gamma, stats, skip, rows, width)
}

func (plainEngine) LayerNormParamGrad(dgamma, dbeta, dy, x, stats []float32, rows, width int) {
	plain.LayerNormParamGrad(dgamma, dbeta, dy, x, stats, rows, width)
}

func (plainEngine) Normalize(dst, norms, x []float32, rows, width int) {
	plain.Normalize(dst, norms, x, rows, width)
}

func (plainEngine) NormalizeGrad(dx, dy, y, norms []float32, rows, width int) {
	plain.NormalizeGrad(dx, dy, y, norms, rows, width)
}

func (plainEngine) QuickGELU(dst, x []float32)        { plain.QuickGELU(dst, x) }
func (plainEngine) QuickGELUGrad(dx, dy, x []float32) { plain.QuickGELUGrad(dx, dy, x) }
func (plainEngine) GELU(dst, x []float32)             { plain.GELU(dst, x) }
func (plainEngine) GELUGrad(dx, dy, x []float32)      { plain.GELUGrad(dx, dy, x) }

func (plainEngine) Softmax(dst, x []float32, alpha float32, rows, columns int) {
	plain.Softmax(dst, x, alpha, rows, columns)
}

func (plainEngine) SoftmaxGrad(dx, dy, p []float32, alpha float32, rows, columns int) {
	plain.SoftmaxGrad(dx, dy, p, alpha, rows, columns)
}

func (plainEngine) Attention(dst, probs, qkv []float32, h Heads) {
	plain.Attention(dst, probs, qkv, h)
}

func (plainEngine) AttentionProducts(dst, qkv []float32, h Heads) {
	plain.AttentionProducts(dst, qkv, h)
}

func (plainEngine) AttentionGrad(dqkv, dy, qkv, probs []float32, h Heads) {
	plain.AttentionGrad(dqkv, dy, qkv, probs, h)
}

func (plainEngine) Embedding(dst []float32, ids []int, table, positions []float32,
	tokens, width int) {
	plain.Embedding(dst, ids, table, positions, tokens, width)
}

func (plainEngine) EmbeddingGrad(dtable, dy []float32, ids []int, width int) {
	plain.EmbeddingGrad(dtable, dy, ids, width)
}

func (plainEngine) Patches(dst, images []float32, batch, size, patch int) {
	plain.Patches(dst, images, batch, size, patch)
}

func (plainEngine) PatchesGrad(dimages, dy []float32, batch, size, patch int) {
	plain.PatchesGrad(dimages, dy, batch, size, patch)
}

func (plainEngine) Sequence(dst, patches, class, positions []float32, batch, count, width int) {
	plain.Sequence(dst, patches, class, positions, batch, count, width)
}

func (plainEngine) SequenceGrad(dpatches, dy []float32, batch, count, width int) {
	plain.SequenceGrad(dpatches, dy, batch, count, width)
}

func (plainEngine) Logits(logits, image, text []float32, t float32, n, d int) {
	plain.Logits(logits, image, text, t, n, d)
}

func (plainEngine) LogitsGrad(dimage, dtext, dlogits, logits, image, text []float32, t float32,
	n, d int) float32 {
	return plain.LogitsGrad(dimage, dtext, dlogits, logits, image, text, t, n, d)
}

func (plainEngine) CrossEntropy(dlogits, logits []float32, n int) Losses {
	return plain.CrossEntropy(dlogits, logits, n)
}

func (plainEngine) Scale(dst, x []float32, alpha float32) { plain.Scale(dst, x, alpha) }

func (plainEngine) AdamW(w, m, v, g []float32, a AdamW) { plain.Update(w, m, v, g, a) }
