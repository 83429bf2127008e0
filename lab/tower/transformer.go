package tower

import (
	"fmt"
	"math"
	"slices"

	"cliplab/lab/ops"
	"cliplab/lab/trace"
)

// block is a residual block, its layers and the names under which it is traced.
type block struct {
	name                         string // "transformer.resblocks.3"
	gain1, shift1, gain2, shift2 string // of the layer norms
	hidden                       int
	act                          activation
	join1, join2                 string // what is traced before it is added to the stream
	qkv, out, up, down           *layer
	query, keysValues            *layer // the parts of qkv, for the last block
}

func newBlock(b Block, width, hidden int, act activation, scaled bool) *block {
	n := &block{
		name: b.name(), hidden: hidden, act: act, join1: ".attn", join2: ".mlp.c_proj",
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
	if scaled {
		n.out.gain, n.down.gain = b.Scale1, b.Scale2
		n.join1, n.join2 = ".ls_1", ".ls_2"
	}
	return n
}

// activation is what an MLP does to its hidden numbers.
type activation struct {
	fused   ops.Activation // with the product before it
	tanh    bool           // behind it
	formula string
}

func gelu(exact, tanh bool) activation {
	switch {
	case exact && tanh:
		return activation{ops.Identity, true, "x · ½(1 + tanh(√(2/π)(x + 0.044715 x³)))"}
	case exact:
		return activation{fused: ops.GELUActivation, formula: "x · Φ(x)"}
	}
	return activation{fused: ops.QuickGELUActivation, formula: "x · σ(1.702 x)"}
}

func linearLayer(name string, in, out int) *layer {
	return &layer{weight: name + ".weight", bias: name + ".bias", in: in, out: out}
}

// encodeTexts carries texts to features. Traced, they are cut after the longest, so that what is
// kept has a shape; else each is cut after its own end. Without a mask nothing is cut.
//
//	all  [B, T]  ids
//	ends [B]     where each text ends
func (e *Encoder) encodeTexts(w *work, dst []float32, all, ends []int, t *trace.Trace) {
	c, width, b := e.config, e.config.TextWidth, len(ends)
	var s sequences
	switch {
	case c.NoMask:
		s = w.cut(all, ends, len(all)/b)
	case t != nil:
		s = w.cut(all, ends, slices.Max(ends)+1)
	default:
		s = w.ragged(all, ends)
	}
	s.width, s.heads, s.causal = width, c.TextHeads, !c.NoMask
	x := grow(&w.x, s.rows()*width)
	e.embed(w, x, s)
	length := s.groups[0].tokens
	t.Keep(PositionalEmbedding, "", "token_embedding[ids] + positional_embedding", x, b, length,
		width)
	x = e.blocks(w, x, e.text, s, t)
	y := grow(&w.mixed, b*width)
	e.layerNorm(w, y, x, lnFinalGain, lnFinalShift, b, width)
	t.Keep(LnFinal, "", normFormula+", of the token that stands for the text", y, b, width)
	features := grow(&w.queries, b*c.EmbedDim)
	e.apply(e.words, features, y, nil, b, ops.Identity)
	t.Keep(TextProjection, "", "ln_final · text_projection (+ b): the text features", features, b,
		c.EmbedDim)
	for i, text := range w.order {
		copy(dst[text*c.EmbedDim:(text+1)*c.EmbedDim], features[i*c.EmbedDim:])
	}
}

// embed is token_embedding[ids] + positional_embedding.
//
//	x [rows, C]
func (e *Encoder) embed(w *work, x []float32, s sequences) {
	positions := e.get(PositionalEmbedding)
	for i := range s.picks {
		for row := s.starts[i]; row < s.starts[i+1]; row++ {
			id := w.ids[row]
			if id < 0 || id >= e.config.VocabSize {
				panic(fmt.Sprintf("tower: token %d, the vocabulary has ids 0 to %d", id,
					e.config.VocabSize-1))
			}
			to := x[row*s.width:][:s.width]
			position := positions[(row-s.starts[i])*s.width:][:s.width]
			for j, v := range e.part(&w.word, TokenEmbedding, id*s.width, s.width) {
				to[j] = v + position[j]
			}
		}
	}
}

// The names of the gains and shifts of the norms around the blocks, put together once.
const (
	lnPreGain, lnPreShift     = LnPre + ".weight", LnPre + ".bias"
	lnPostGain, lnPostShift   = LnPost + ".weight", LnPost + ".bias"
	lnFinalGain, lnFinalShift = LnFinal + ".weight", LnFinal + ".bias"

	// normEpsilon is that of ops.LayerNorm.
	normEpsilon = 1e-5
	normFormula = "(x − μ)/σ · γ + β"
)

// layerNorm normalises. Other epsilons than ops' own come by scaling: the norm of s·x with ε is
// that of x with ε/s².
func (e *Encoder) layerNorm(w *work, dst, x []float32, gain, shift string, rows, width int) {
	if epsilon := e.config.NormEpsilon; epsilon != 0 {
		ops.Scale(dst, x, float32(math.Sqrt(normEpsilon/epsilon)))
		x = dst
	}
	ops.LayerNorm(dst, grow(&w.stats, 2*rows), x, e.get(gain), e.get(shift), rows, width)
}

// blocks runs x through a tower's blocks and picks the token that stands for each sequence. In the
// last block only that token asks and goes on: nothing reads the others, unless they are traced.
// The result is [B, C], or all rows where s is whole.
func (e *Encoder) blocks(w *work, x []float32, blocks []*block, s sequences,
	t *trace.Trace) []float32 {
	first := s.groups[0] // the only one of a trace
	for i, b := range blocks {
		if i == len(blocks)-1 && t == nil && !s.whole {
			return e.lastBlock(w, x, b, s)
		}
		e.attend(w, x, b, s, t)
		e.join(w, b, b.out, x, w.norm[:s.rows()*s.width], b.join1, "(weights · V) · Wᵀ + b", first, t)
		t.Keep(b.name, ".attn.residual", "x + attn(ln_1(x))", x, first.batch, first.tokens, s.width)
		e.mlp(w, x, b, s.width, first, t)
		t.Keep(b.name, "", "x + mlp(ln_2(x)): the residual stream", x, first.batch, first.tokens,
			s.width)
	}
	if s.whole {
		return x
	}
	return w.pick(&w.picked, x, s)
}

// lastBlock is a block of which only the tokens that stand for their sequences come out, [B, C].
func (e *Encoder) lastBlock(w *work, x []float32, b *block, s sequences) []float32 {
	rows, count, width := s.rows(), len(s.picks), s.width
	n := grow(&w.norm, rows*width)
	e.layerNorm(w, n, x, b.gain1, b.shift1, rows, width)
	kv := grow(&w.wide, rows*2*width)
	e.apply(b.keysValues, kv, n, nil, rows, ops.Identity)
	asking, q := w.pick(&w.mixed, n, s), grow(&w.queries, count*width)
	e.apply(b.query, q, asking, nil, count, ops.Identity)
	w.attendOne(asking, nil, q, kv, kv[width:], 2*width, s)
	x = w.pick(&w.picked, x, s)
	e.apply(b.out, x, asking, x, count, ops.Identity)
	e.mlp(w, x, b, width, group{}, nil)
	return x
}

// attend leaves the heads' outputs in w.norm.
func (e *Encoder) attend(w *work, x []float32, b *block, s sequences, t *trace.Trace) {
	rows, width, first := s.rows(), s.width, s.groups[0]
	n := grow(&w.norm, rows*width)
	e.layerNorm(w, n, x, b.gain1, b.shift1, rows, width)
	t.Keep(b.name, ".ln_1", normFormula, n, first.batch, first.tokens, width)
	qkv := grow(&w.wide, rows*3*width)
	e.apply(b.qkv, qkv, n, nil, rows, ops.Identity)
	t.Keep(b.name, ".attn.in_proj", "ln_1(x) · Wᵀ + b: queries, keys, values", qkv, first.batch,
		first.tokens, 3*width)
	var probs []float32
	if t.Wants(b.name, ".attn.weights") {
		probs = grow(&w.probs, first.batch*s.heads*first.tokens*first.tokens)
	}
	for _, g := range s.groups {
		lo, hi := g.row*width, (g.row+g.batch*g.tokens)*width
		ops.Attention(n[lo:hi], probs, qkv[3*lo:3*hi], ops.Heads{Batch: g.batch, Tokens: g.tokens,
			Width: width, Heads: s.heads, Causal: s.causal})
	}
	if probs != nil {
		t.Keep(b.name, ".attn.weights", "softmax(Q·Kᵀ/√d)", probs, first.batch, s.heads, first.tokens,
			first.tokens)
	}
}

// mlp is x = x + c_proj(act(c_fc(ln_2(x)))), for the rows that x has; g is their shape in a trace.
func (e *Encoder) mlp(w *work, x []float32, b *block, width int, g group, t *trace.Trace) {
	rows := len(x) / width
	n := grow(&w.norm, rows*width)
	e.layerNorm(w, n, x, b.gain2, b.shift2, rows, width)
	t.Keep(b.name, ".ln_2", normFormula, n, g.batch, g.tokens, width)
	hidden := grow(&w.wide, rows*b.hidden)
	if t.Wants(b.name, ".mlp.c_fc") {
		e.apply(b.up, hidden, n, nil, rows, ops.Identity)
		t.Keep(b.name, ".mlp.c_fc", "ln_2(x) · Wᵀ + b", hidden, g.batch, g.tokens, b.hidden)
	}
	e.apply(b.up, hidden, n, nil, rows, b.act.fused)
	if b.act.tanh {
		ops.TanhGELU(hidden, hidden)
	}
	t.Keep(b.name, ".mlp.gelu", b.act.formula, hidden, g.batch, g.tokens, b.hidden)
	e.join(w, b, b.down, x, hidden, b.join2, "gelu · Wᵀ + b", g, t)
}

// join is x = x + from·Wᵀ + b, which is kept before the sum when it is wanted.
func (e *Encoder) join(w *work, b *block, l *layer, x, from []float32, part, formula string,
	g group, t *trace.Trace) {
	rows := len(from) / l.in
	if t.Wants(b.name, part) {
		y := grow(&w.around, rows*l.out)
		e.apply(l, y, from, nil, rows, ops.Identity)
		t.Keep(b.name, part, formula, y, g.batch, g.tokens, l.out)
	}
	e.apply(l, x, from, x, rows, ops.Identity)
}
