package tower

import (
	"cliplab/lab/ops"
	"cliplab/lab/trace"
)

// block is a residual block, its layers and the names under which it is traced.
type block struct {
	name                         string // "transformer.resblocks.3"
	gain1, shift1, gain2, shift2 string // of the layer norms
	hidden                       int
	qkv, out, up, down           *layer
	query, keysValues            *layer // the parts of qkv, for the last block
}

func newBlock(b Block, width, hidden int) *block {
	return &block{
		name: b.name(), hidden: hidden,
		gain1: b.Ln1 + ".weight", shift1: b.Ln1 + ".bias",
		gain2: b.Ln2 + ".weight", shift2: b.Ln2 + ".bias",
		qkv:   &layer{weight: b.InWeight, bias: b.InBias, in: width, out: 3 * width},
		query: &layer{weight: b.InWeight, bias: b.InBias, in: width, out: width},
		keysValues: &layer{weight: b.InWeight, bias: b.InBias, from: width, in: width,
			out: 2 * width},
		out:  linearLayer(b.OutProj, width, width),
		up:   linearLayer(b.CFc, width, hidden),
		down: linearLayer(b.CProj, hidden, width),
	}
}

func linearLayer(name string, in, out int) *layer {
	return &layer{weight: name + ".weight", bias: name + ".bias", in: in, out: out}
}

// work is the memory of one pass through a tower, used again by the next.
type work struct {
	x, norm, wide, stats, probs []float32
	picked, mixed, queries      []float32
	scores                      []float32
	ids, ends                   []int

	around, column, other, keys []float32 // of a ResNet; around also of a trace
}

// grow gives n numbers of unknown content, from *buf when it is large enough.
func grow[T any](buf *[]T, n int) []T {
	if cap(*buf) < n {
		*buf = make([]T, n)
	}
	return (*buf)[:n]
}

// encodeViT carries b pictures to features.
func (e *Encoder) encodeViT(w *work, dst, pixels []float32, b int, t *trace.Trace) {
	c := e.config
	count, width := c.Patches(), c.VisionWidth
	h := ops.Heads{Batch: b, Tokens: 1 + count, Width: width, Heads: c.VisionHeads}
	cut := grow(&w.wide, b*count*c.PatchPixels())
	ops.Patches(cut, pixels, b, c.ImageSize, c.PatchSize)
	patches := grow(&w.norm, b*count*width)
	e.apply(e.patches, patches, cut, nil, b*count, ops.Identity)
	t.Keep("visual.conv1", "", "patches · Wᵀ", patches, b, count, width)
	x := grow(&w.x, b*h.Tokens*width)
	ops.Sequence(x, patches, e.get(ClassEmbedding), e.get(VisualPositions), b, count, width)
	t.Keep(VisualPositions, "", "[class_embedding; conv1] + positional_embedding", x, b, h.Tokens,
		width)
	e.layerNorm(w, x, x, lnPreGain, lnPreShift, b*h.Tokens, width)
	t.Keep(LnPre, "", normFormula, x, b, h.Tokens, width)
	ends := grow(&w.ends, b)
	clear(ends) // the class token is the first
	x = e.blocks(w, x, e.vision, h, ends, t)
	y := grow(&w.mixed, b*width)
	e.layerNorm(w, y, x, lnPostGain, lnPostShift, b, width)
	t.Keep(LnPost, "", normFormula+", of the class token", y, b, width)
	e.apply(e.imageEnd, dst, y, nil, b, ops.Identity)
	t.Keep(VisualProjection, "", "ln_post · proj: the image features", dst, b, c.EmbedDim)
}

// encodeTexts carries the b texts in w.ids, all of one length, to features.
func (e *Encoder) encodeTexts(w *work, dst []float32, b, length int, t *trace.Trace) {
	c, width := e.config, e.config.TextWidth
	h := ops.Heads{Batch: b, Tokens: length, Width: width, Heads: c.TextHeads, Causal: true}
	x := grow(&w.x, b*length*width)
	ops.Embedding(x, w.ids, e.get(TokenEmbedding), e.get(PositionalEmbedding)[:length*width],
		length, width)
	t.Keep(PositionalEmbedding, "", "token_embedding[ids] + positional_embedding", x, b, length,
		width)
	x = e.blocks(w, x, e.text, h, w.ends[:b], t)
	y := grow(&w.mixed, b*width)
	e.layerNorm(w, y, x, lnFinalGain, lnFinalShift, b, width)
	t.Keep(LnFinal, "", normFormula+", of the end of text", y, b, width)
	e.apply(e.words, dst, y, nil, b, ops.Identity)
	t.Keep(TextProjection, "", "ln_final · text_projection: the text features", dst, b, c.EmbedDim)
}

// The names of the gains and shifts of the norms around the blocks, put together once.
const (
	lnPreGain, lnPreShift     = LnPre + ".weight", LnPre + ".bias"
	lnPostGain, lnPostShift   = LnPost + ".weight", LnPost + ".bias"
	lnFinalGain, lnFinalShift = LnFinal + ".weight", LnFinal + ".bias"

	normFormula = "(x − μ)/σ · γ + β"
)

func (e *Encoder) layerNorm(w *work, dst, x []float32, gain, shift string, rows, width int) {
	ops.LayerNorm(dst, grow(&w.stats, 2*rows), x, e.get(gain), e.get(shift), rows, width)
}

// blocks runs x through a tower's blocks and picks the token that stands for each sequence, at
// index. In the last block only that token asks and goes on: nothing reads the others, unless
// they are traced. The result is [B, C].
func (e *Encoder) blocks(w *work, x []float32, blocks []*block, h ops.Heads, index []int,
	t *trace.Trace) []float32 {
	for i, b := range blocks {
		if i == len(blocks)-1 && t == nil {
			return e.lastBlock(w, x, b, h, index)
		}
		rows := e.attend(w, x, b, h, t)
		e.join(w, b, b.out, x, w.norm[:rows*h.Width], ".attn", "(weights · V) · Wᵀ + b", h, t)
		t.Keep(b.name, ".attn.residual", "x + attn(ln_1(x))", x, h.Batch, h.Tokens, h.Width)
		e.mlp(w, x, b, h, rows, t)
		t.Keep(b.name, "", "x + mlp(ln_2(x)): the residual stream", x, h.Batch, h.Tokens, h.Width)
	}
	return e.pick(w, x, index, h)
}

// lastBlock is a block of which only the tokens at index come out, [B, C].
func (e *Encoder) lastBlock(w *work, x []float32, b *block, h ops.Heads, index []int) []float32 {
	rows, width := h.Batch*h.Tokens, h.Width
	n := grow(&w.norm, rows*width)
	e.layerNorm(w, n, x, b.gain1, b.shift1, rows, width)
	kv := grow(&w.wide, rows*2*width)
	e.apply(b.keysValues, kv, n, nil, rows, ops.Identity)
	asking, q := grow(&w.mixed, h.Batch*width), grow(&w.queries, h.Batch*width)
	ops.Rows(asking, n, index, h.Tokens, width)
	e.apply(b.query, q, asking, nil, h.Batch, ops.Identity)
	w.attendOne(asking, q, kv, kv[width:], 2*width, h, index)
	x = e.pick(w, x, index, h)
	e.apply(b.out, x, asking, x, h.Batch, ops.Identity)
	e.mlp(w, x, b, h, h.Batch, nil)
	return x
}

// attend leaves the heads' outputs in w.norm.
func (e *Encoder) attend(w *work, x []float32, b *block, h ops.Heads, t *trace.Trace) (rows int) {
	rows = h.Batch * h.Tokens
	n := grow(&w.norm, rows*h.Width)
	e.layerNorm(w, n, x, b.gain1, b.shift1, rows, h.Width)
	t.Keep(b.name, ".ln_1", normFormula, n, h.Batch, h.Tokens, h.Width)
	qkv := grow(&w.wide, rows*3*h.Width)
	e.apply(b.qkv, qkv, n, nil, rows, ops.Identity)
	t.Keep(b.name, ".attn.in_proj", "ln_1(x) · Wᵀ + b: queries, keys, values", qkv, h.Batch,
		h.Tokens, 3*h.Width)
	var probs []float32
	if t.Wants(b.name, ".attn.weights") {
		probs = grow(&w.probs, h.Batch*h.Heads*h.Tokens*h.Tokens)
	}
	ops.Attention(n, probs, qkv, h)
	if probs != nil {
		t.Keep(b.name, ".attn.weights", "softmax(Q·Kᵀ/√d)", probs, h.Batch, h.Heads, h.Tokens,
			h.Tokens)
	}
	return rows
}

// mlp is x = x + c_proj(act(c_fc(ln_2(x)))).
func (e *Encoder) mlp(w *work, x []float32, b *block, h ops.Heads, rows int, t *trace.Trace) {
	n := grow(&w.norm, rows*h.Width)
	e.layerNorm(w, n, x, b.gain2, b.shift2, rows, h.Width)
	t.Keep(b.name, ".ln_2", normFormula, n, h.Batch, h.Tokens, h.Width)
	hidden := grow(&w.wide, rows*b.hidden)
	if t.Wants(b.name, ".mlp.c_fc") {
		e.apply(b.up, hidden, n, nil, rows, ops.Identity)
		t.Keep(b.name, ".mlp.c_fc", "ln_2(x) · Wᵀ + b", hidden, h.Batch, h.Tokens, b.hidden)
	}
	e.apply(b.up, hidden, n, nil, rows, e.act)
	formula := "x · σ(1.702 x)"
	if e.config.ExactGELU {
		formula = "x · Φ(x)"
	}
	t.Keep(b.name, ".mlp.gelu", formula, hidden, h.Batch, h.Tokens, b.hidden)
	e.join(w, b, b.down, x, hidden, ".mlp.c_proj", "gelu · Wᵀ + b", h, t)
}

// join is x = x + from·Wᵀ + b, which is kept before the sum when it is wanted.
func (e *Encoder) join(w *work, b *block, l *layer, x, from []float32, part, formula string,
	h ops.Heads, t *trace.Trace) {
	rows := len(from) / l.in
	if t.Wants(b.name, part) {
		y := grow(&w.around, rows*l.out)
		e.apply(l, y, from, nil, rows, ops.Identity)
		t.Keep(b.name, part, formula, y, h.Batch, h.Tokens, h.Width)
	}
	e.apply(l, x, from, x, rows, ops.Identity)
}

// pick is one token of each sequence, [B, C].
func (e *Encoder) pick(w *work, x []float32, index []int, h ops.Heads) []float32 {
	y := grow(&w.picked, h.Batch*h.Width)
	ops.Rows(y, x, index, h.Tokens, h.Width)
	return y
}

// cutTexts lays b texts out in w.ids, cut behind the end of the longest, and where each ends in
// w.ends. It gives the length that is left.
func (w *work) cutTexts(tokens []float32, b, t int) (length int) {
	ids, ends := grow(&w.ids, b*t), grow(&w.ends, b)
	for i, id := range tokens {
		ids[i] = int(id)
	}
	ops.EndOfText(ends, ids, t)
	for _, end := range ends {
		length = max(length, end+1)
	}
	for i := range b {
		copy(ids[i*length:(i+1)*length], ids[i*t:])
	}
	w.ids, w.ends = ids[:b*length], ends
	return length
}
