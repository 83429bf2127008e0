package cuda

import (
	"cliplab/lab/ops"
	"cliplab/lab/tower"
)

// head is what follows the blocks of a tower: norm, projection, unit features.
type head struct {
	t                *transformer
	norm, projection string
	d                int
	normed, stats    pointer // [B, C] as activations, [B, 2]
	features, norms  pointer // [B, D] raw, [B]
	dfeatures        pointer // [B, D] as activations
	unit, dunit      pointer // [B, D], of the loss
}

func newHead(a *arena, t *transformer, norm, projection string, d int, unit, dunit pointer) *head {
	b, c := t.heads.Batch, t.heads.Width
	take := func(n int) pointer { return a.take("features", n) }
	return &head{t: t, norm: norm, projection: projection, d: d, normed: take(t.size(b * c)),
		stats: take(2 * b), features: take(b * d), norms: take(b), dfeatures: take(t.size(b * d)),
		unit: unit, dunit: dunit}
}

func (h *head) forward() {
	t, b, c := h.t, h.t.heads.Batch, h.t.heads.Width
	t.norm(h.normed, h.stats, t.out, h.norm, b)
	t.g.gemm(h.features, h.normed, t.ws.matrix(h.projection), b, h.d, c, false, false, fused{}, t.p)
	t.g.eachRow("normalize", b, h.unit, h.norms, h.features, int32(b), int32(h.d))
}

// backward leaves the gradient by the blocks' output in t.dx.
func (h *head) backward() {
	t, b, c := h.t, h.t.heads.Batch, h.t.heads.Width
	t.g.eachRow(low("normalize_grad", t.low), b, h.dfeatures, h.dunit, h.unit, h.norms, int32(b),
		int32(h.d))
	t.g.gemm(t.ws.grad(h.projection), h.normed, h.dfeatures, c, h.d, b, true, false, fused{}, t.p)
	t.g.gemm(t.dx2, h.dfeatures, t.ws.matrix(h.projection), b, c, h.d, false, true,
		fused{half: t.low}, t.p)
	t.normGrad(t.dx, t.dxIn, t.dx2, t.out, h.stats, 0, h.norm, b)
}

// imageTower goes from pixels to unit features.
type imageTower struct {
	*head
	c               tower.Config
	images          pointer // [B, 3, size, size]
	cut, patches    pointer // [B, P, 3·patch²], [B, P, C], both as activations
	sequence, stats pointer // [B, 1+P, C], [B·(1+P), 2]
}

func newImageTower(a *arena, ws *weights, c tower.Config, batch int, p Precision,
	unit, dunit pointer) *imageTower {
	h := ops.Heads{Batch: batch, Tokens: 1 + c.Patches(), Width: c.VisionWidth, Heads: c.VisionHeads}
	t := newTransformer(a, ws, tower.VisionBlock, c.VisionLayers, h, c.VisionMLP, c.ExactGELU, p)
	rows := batch * h.Tokens
	take := func(n int) pointer { return a.take("activations", n) }
	return &imageTower{newHead(a, t, tower.LnPost, tower.VisualProjection, c.EmbedDim, unit,
		dunit), c, a.take("images", batch*3*c.ImageSize*c.ImageSize),
		take(t.size(batch * c.Patches() * c.PatchPixels())),
		take(t.size(batch * c.Patches() * c.VisionWidth)),
		take(rows * c.VisionWidth), take(2 * rows)}
}

func (m *imageTower) forward() {
	t, c := m.t, m.c
	b, count, width := t.heads.Batch, c.Patches(), c.VisionWidth
	t.g.each(low("patches", t.low), b*count*c.PatchPixels(), m.cut, m.images, int32(c.ImageSize),
		int32(c.PatchSize))
	t.g.gemm(m.patches, m.cut, t.ws.matrix(tower.ConvWeight), b*count, width, c.PatchPixels(), false,
		true, fused{half: t.low}, t.p)
	t.g.each(low("sequence", t.low), b*(1+count)*width, m.sequence, m.patches,
		t.ws.weight(tower.ClassEmbedding), t.ws.weight(tower.VisualPositions), int32(count),
		int32(width))
	gain, bias := t.ws.weight(tower.LnPre+".weight"), t.ws.weight(tower.LnPre+".bias")
	t.g.layerNorm(t.first, m.stats, m.sequence, gain, bias, b*(1+count), width, false)
	t.forward()
	m.head.forward()
}

func (m *imageTower) backward() {
	t, c := m.t, m.c
	b, count, width := t.heads.Batch, c.Patches(), c.VisionWidth
	m.head.backward()
	t.backward()
	rows, gain := b*(1+count), t.ws.weight(tower.LnPre+".weight")
	t.g.layerNormParamGrad(t.ws.grad(tower.LnPre+".weight"), t.ws.grad(tower.LnPre+".bias"), t.dx,
		m.sequence, m.stats, rows, width, false)
	t.g.layerNormGrad(t.dmid, 0, t.dx, m.sequence, gain, m.stats, 0, rows, width, false)
	positions := t.ws.grad(tower.VisualPositions)
	t.g.columnSums(positions, t.dmid, b, (1+count)*width, false)
	t.g.do(func() error { // the class token stands at the first position
		return t.g.stream.Copy(t.ws.grad(tower.ClassEmbedding), positions, uint64(width*number))
	})
	t.g.each(low("sequence_grad", t.low), b*count*width, t.dx2, t.dmid, int32(count), int32(width))
	t.g.gemm(t.ws.grad(tower.ConvWeight), t.dx2, m.cut, width, c.PatchPixels(), b*count, true, false,
		fused{}, t.p)
}

// textTower goes from tokens to unit features.
type textTower struct {
	*head
	c   tower.Config
	ids pointer // int32 [B, T]
	// Of the tokens that a gradient reaches, sorted by id: segments and how many, int32.
	order, starts, unique, count pointer
}

func newTextTower(a *arena, ws *weights, c tower.Config, batch, length int, p Precision,
	unit, dunit pointer) *textTower {
	h := ops.Heads{Batch: batch, Tokens: length, Width: c.TextWidth, Heads: c.TextHeads, Causal: true}
	t := newTransformer(a, ws, tower.TextBlock, c.TextLayers, h, c.TextMLP, c.ExactGELU, p)
	t.index = a.take("ends of texts", batch)
	take := func(n int) pointer { return a.take("tokens", n) }
	n := batch * length
	return &textTower{newHead(a, t, tower.LnFinal, tower.TextProjection, c.EmbedDim, unit,
		dunit), c, take(n), take(n), take(n + 1), take(n), take(1)}
}

func (m *textTower) forward() {
	t, width := m.t, m.c.TextWidth
	n := t.heads.Batch * t.heads.Tokens * width
	t.g.each("embedding", n, t.first, m.ids, t.ws.weight(tower.TokenEmbedding),
		t.ws.weight(tower.PositionalEmbedding), int32(t.heads.Tokens), int32(width))
	t.forward()
	m.head.forward()
}

func (m *textTower) backward() {
	t, width := m.t, m.c.TextWidth
	m.head.backward()
	t.backward()
	table := t.ws.grad(tower.TokenEmbedding)
	t.g.do(func() error {
		return t.g.stream.Clear(table, uint64(m.c.VocabSize*width*number))
	})
	t.g.embeddingGrad(table, t.dx, m.order, m.starts, m.unique, m.count,
		t.heads.Batch*t.heads.Tokens, width)
	// Positions behind the longest text keep the zeros that they started with.
	t.g.columnSums(t.ws.grad(tower.PositionalEmbedding), t.dx, t.heads.Batch,
		t.heads.Tokens*width, false)
}
