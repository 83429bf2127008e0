package cuda

import (
	"math"

	"cliplab/lab/ops"
)

// Attention is as in ops, always in fp32: on tensor cores there are no probs.
func (e *Engine) Attention(dst, probs, qkv []float32, h ops.Heads) {
	f := e.frame()
	e.gpu.attention(f.out(dst), f.out(probs), 0, f.in(qkv), h, F32)
	f.done("Attention")
}

// AttentionGrad is as in ops, always in fp32.
func (e *Engine) AttentionGrad(dqkv, dy, qkv, probs []float32, h ops.Heads) {
	f := e.frame()
	e.gpu.attentionGrad(f.out(dqkv), f.in(dy), 0, f.in(probs), 0, f.in(qkv), h, F32)
	f.done("AttentionGrad")
}

// AttentionAgain is Attention and AttentionGrad as the Trainer has them, in the engine's precision:
// forward without probabilities, which the way back computes again.
func (e *Engine) AttentionAgain(dst, dqkv, dy, qkv []float32, h ops.Heads) {
	f, half := e.frame(), e.precision == BF16
	y, l, x := f.numbers(dst, true, half), f.out(make([]float32, h.Batch*h.Heads*h.Tokens)),
		f.numbers(qkv, false, half)
	e.gpu.attention(y, 0, l, x, h, e.precision)
	e.gpu.attentionGrad(f.numbers(dqkv, true, half), f.numbers(dy, false, half), y, 0, l, x, h,
		e.precision)
	f.done("AttentionAgain")
}

// Embedding is as in ops.
func (e *Engine) Embedding(dst []float32, ids []int, table, positions []float32,
	tokens, width int) {
	f := e.frame()
	e.gpu.each("embedding", len(dst), f.out(dst), f.ints(ints(ids)), f.in(table), f.in(positions),
		int32(tokens), int32(width))
	f.done("Embedding")
}

// EmbeddingGrad is as in ops.
func (e *Engine) EmbeddingGrad(dtable, dy []float32, ids []int, width int) {
	f := e.frame()
	s := sortIDs(ints(ids), func(int) bool { return true })
	e.gpu.embeddingGrad(f.out(dtable), f.in(dy), f.ints(s.order), f.ints(s.starts), f.ints(s.ids),
		f.ints([]int32{int32(len(s.ids))}), len(ids), width)
	f.done("EmbeddingGrad")
}

// Patches is as in ops.
func (e *Engine) Patches(dst, images []float32, batch, size, patch int) {
	f := e.frame()
	e.gpu.each("patches", len(dst), f.out(dst), f.in(images), int32(size), int32(patch))
	f.done("Patches")
}

// PatchesGrad is as in ops.
func (e *Engine) PatchesGrad(dimages, dy []float32, batch, size, patch int) {
	f := e.frame()
	e.gpu.each("patches_grad", len(dy), f.out(dimages), f.in(dy), int32(size), int32(patch))
	f.done("PatchesGrad")
}

// Sequence is as in ops.
func (e *Engine) Sequence(dst, patches, class, positions []float32, batch, count, width int) {
	f := e.frame()
	e.gpu.each("sequence", len(dst), f.out(dst), f.in(patches), f.in(class), f.in(positions),
		int32(count), int32(width))
	f.done("Sequence")
}

// SequenceGrad is as in ops.
func (e *Engine) SequenceGrad(dpatches, dy []float32, batch, count, width int) {
	f := e.frame()
	e.gpu.each("sequence_grad", len(dpatches), f.out(dpatches), f.in(dy), int32(count), int32(width))
	f.done("SequenceGrad")
}

// Rows is as in ops.
func (e *Engine) Rows(dst, x []float32, index []int, tokens, width int) {
	f := e.frame()
	e.gpu.each("rows", len(dst), f.out(dst), f.in(x), f.ints(ints(index)), int32(tokens),
		int32(width))
	f.done("Rows")
}

// RowsGrad is as in ops.
func (e *Engine) RowsGrad(dx, dy []float32, index []int, tokens, width int) {
	f := e.frame()
	e.gpu.each("rows_grad", len(dx), f.out(dx), f.in(dy), f.ints(ints(index)), int32(tokens),
		int32(width))
	f.done("RowsGrad")
}

// Logits is as in ops.
func (e *Engine) Logits(logits, image, text []float32, t float32, n, d int) {
	f := e.frame()
	to := f.out(logits)
	e.gpu.gemm(to, f.in(image), f.in(text), n, n, d, false, true, fused{}, min(e.precision, TF32))
	e.gpu.each("scale_exp", n*n, to, to, f.in([]float32{t}))
	f.done("Logits")
}

// LogitsGrad is as in ops.
func (e *Engine) LogitsGrad(dimage, dtext, dlogits, logits, image, text []float32, t float32,
	n, d int) float32 {
	f := e.frame()
	dt := make([]float32, 1)
	di, dx, dl, scale := f.out(dimage), f.out(dtext), f.in(dlogits), float32(math.Exp(float64(t)))
	p := min(e.precision, TF32)
	e.gpu.gemm(di, dl, f.in(text), n, d, n, false, false, fused{}, p)
	e.gpu.gemm(dx, dl, f.in(image), n, d, n, true, false, fused{}, p)
	e.gpu.each("scale", n*d, di, di, scale)
	e.gpu.each("scale", n*d, dx, dx, scale)
	e.gpu.gemm(f.out(dt), dl, f.in(logits), 1, 1, n*n, false, false, fused{}, F32)
	f.done("LogitsGrad")
	return dt[0]
}

// CrossEntropy is as in ops.
func (e *Engine) CrossEntropy(dlogits, logits []float32, n int) ops.Losses {
	f := e.frame()
	result, work := make([]float32, 2), make([]float32, 4*n)
	to, x, w := f.out(dlogits), f.in(logits), f.out(work)
	at := func(i int) pointer { return w + pointer(i*n*number) }
	rows, columns, right, dt := at(0), at(1), at(2), at(3)
	e.gpu.eachRow("row_lse", n, rows, right, x, int32(n), int32(n), int32(0))
	e.gpu.launch("column_lse", [3]uint32{blocks(n, 32), 1, 1}, columnBlock, columns, x, int32(n),
		int32(n), int32(0))
	e.gpu.eachRow("contrastive_grad", n, to, dt, x, rows, columns, int32(n), int32(n), int32(0))
	e.gpu.launch("losses", one, sumBlock, f.out(result), rows, columns, right, int32(n))
	f.done("CrossEntropy")
	return ops.Losses{PerImage: float64(result[0]), PerText: float64(result[1])}
}

// SigmoidLoss is as in ops.
func (e *Engine) SigmoidLoss(dlogits, logits []float32, bias float32, n int) (loss float64,
	dbias float32) {
	f := e.frame()
	sums, work := make([]float32, 2), make([]float32, 3*n)
	sum, w := f.out(sums), f.out(work)
	at := func(i int) pointer { return w + pointer(i*n*number) }
	e.gpu.eachRow("sigmoid_grad", n, f.out(dlogits), at(0), at(1), at(2), f.in(logits),
		f.in([]float32{bias}), int32(n), int32(n), int32(0))
	e.gpu.launch("total", one, sumBlock, sum, at(0), int32(n))
	e.gpu.launch("total", one, sumBlock, sum+number, at(2), int32(n))
	f.done("SigmoidLoss")
	return float64(sums[0]), sums[1]
}

// AdamW is as in ops.
func (e *Engine) AdamW(w, m, v, g []float32, a ops.AdamW) {
	f := e.frame()
	e.gpu.each("adamw", len(w), f.out(w), pointer(0), f.out(m), f.out(v), f.in(g),
		f.in(settings(a, 0)), pointer(0))
	f.done("AdamW")
}
