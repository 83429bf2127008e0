package cuda

import (
	"cliplab/lab/ops"
	"cliplab/lab/tower"
)

// transformer is the blocks of one tower for a batch, and what a forward pass leaves for the
// backward one. In the last block only the token that stands for its sequence goes on.
type transformer struct {
	g      *GPU
	ws     *weights
	names  []tower.Block
	heads  ops.Heads // of the whole batch
	hidden int       // width of the blocks' MLP
	exact  bool      // GELU
	p      Precision
	index  pointer // int32 [B]  the token that goes on; 0: the first
	blocks []blockState
	first  pointer // [B, T, C]  what goes in
	out    pointer // [B, C]     what comes out

	// of the backward pass, used by each block in turn
	dx, dx2, dwide, dqkv, dmid pointer
}

// blockState is what block i leaves. rows is B·T; from mid on B in the last block.
type blockState struct {
	x            pointer // [B, T, C]
	ln1, stats1  pointer // [B, T, C], [B·T, 2]
	qkv, lse     pointer // [B, T, 3C], [B, H, T]
	mixed        pointer // [B, T, C]
	picked, kept pointer // [B, C] of mixed and of x, in the last block
	mid          pointer // [rows, C]
	ln2, stats2  pointer // [rows, C], [rows, 2]
	fc, act      pointer // [rows, hidden]
	rows         int
	out          pointer // [rows, C]
}

func newTransformer(a *arena, ws *weights, names func(int) tower.Block, layers int, h ops.Heads,
	hidden int, exact bool, p Precision) *transformer {
	if hidden == 0 {
		hidden = 4 * h.Width
	}
	t := &transformer{g: a.g, ws: ws, heads: h, hidden: hidden, exact: exact, p: p}
	all, c := h.Batch*h.Tokens, h.Width
	t.first = a.take("activations", all*c)
	x := t.first
	for i := range layers {
		t.names = append(t.names, names(i))
		take := func(n int) pointer { return a.take("activations", n) }
		b := blockState{x: x, ln1: take(all * c), stats1: take(2 * all), qkv: take(3 * all * c),
			lse: take(h.Batch * h.Heads * h.Tokens), mixed: take(all * c), rows: all}
		if i == layers-1 {
			b.rows, b.picked, b.kept = h.Batch, take(h.Batch*c), take(h.Batch*c)
		}
		n := b.rows * c
		wide := b.rows * hidden
		b.mid, b.ln2, b.stats2, b.fc, b.act, b.out = take(n), take(n), take(2*b.rows), take(wide),
			take(wide), take(n)
		t.blocks = append(t.blocks, b)
		x = b.out
	}
	if layers == 0 {
		t.out = a.take("activations", h.Batch*c)
	} else {
		t.out = x
	}
	return t
}

// share lets towers use one set of gradients' memory: they go backward one after the other.
func share(a *arena, towers ...*transformer) {
	n, wide := 0, 0
	for _, t := range towers {
		rows := t.heads.Batch * t.heads.Tokens
		n, wide = max(n, rows*t.heads.Width), max(wide, rows*t.hidden)
	}
	dx, dx2, dmid := a.take("gradients of activations", n), a.take("gradients of activations", n),
		a.take("gradients of activations", n)
	dwide, dqkv := a.take("gradients of activations", wide), a.take("gradients of activations", 3*n)
	for _, t := range towers {
		t.dx, t.dx2, t.dmid, t.dwide, t.dqkv = dx, dx2, dmid, dwide, dqkv
	}
}

// linear is y = x·Wᵀ + b + residual; name is that of the layer, residual may be 0.
func (t *transformer) linear(y, x pointer, weight, bias string, residual pointer,
	rows, in, out int) {
	t.g.gemm(y, x, t.ws.weight(weight), t.ws.weight(bias), residual, rows, out, in, false, true,
		false, t.p)
}

// linearGrad is dx = dy·W, dW = dyᵀ·x and db = Σ dy.
func (t *transformer) linearGrad(dx, dy, x pointer, weight, bias string, rows, in, out int) {
	t.g.gemm(t.ws.grad(weight), dy, x, 0, 0, out, in, rows, true, false, false, t.p)
	t.g.columnSums(t.ws.grad(bias), dy, rows, out)
	t.g.rounded = true // dy, the largest operand, is made bf16 once
	t.g.gemm(dx, dy, t.ws.weight(weight), 0, 0, rows, in, out, false, false, false, t.p)
}

func (t *transformer) norm(y, stats, x pointer, name string, rows int) {
	t.g.layerNorm(y, stats, x, t.ws.weight(name+".weight"), t.ws.weight(name+".bias"), rows,
		t.heads.Width)
}

// normGrad is dx = gradient by x + skip, and the gradients of gain and bias.
func (t *transformer) normGrad(dx, dy, x, stats, skip pointer, name string, rows int) {
	t.g.layerNormParamGrad(t.ws.grad(name+".weight"), t.ws.grad(name+".bias"), dy, x, stats, rows,
		t.heads.Width)
	t.g.layerNormGrad(dx, dy, x, t.ws.weight(name+".weight"), stats, skip, rows, t.heads.Width)
}

// pick takes the token that goes on of each sequence.
func (t *transformer) pick(dst, x pointer) {
	c := t.heads.Width
	t.g.each("rows", t.heads.Batch*c, dst, x, t.index, int32(t.heads.Tokens), int32(c))
}

// spread puts gradients of picked tokens back among zeros.
func (t *transformer) spread(dx, dy pointer) {
	c, n := t.heads.Width, t.heads.Batch*t.heads.Tokens*t.heads.Width
	t.g.each("rows_grad", n, dx, dy, t.index, int32(t.heads.Tokens), int32(c))
}

// forward goes from first to out:
//
//	x = x + attention(ln_1(x))
//	x = x + c_proj(GELU(c_fc(ln_2(x))))
func (t *transformer) forward() {
	c, all, wide := t.heads.Width, t.heads.Batch*t.heads.Tokens, t.hidden
	for i, b := range t.blocks {
		n := t.names[i]
		t.norm(b.ln1, b.stats1, b.x, n.Ln1, all)
		t.linear(b.qkv, b.ln1, n.InWeight, n.InBias, 0, all, c, 3*c)
		t.g.attention(b.mixed, 0, b.lse, b.qkv, t.heads, min(t.p, TF32))
		mixed, x := b.mixed, b.x
		if b.picked != 0 {
			t.pick(b.picked, mixed)
			t.pick(b.kept, x)
			mixed, x = b.picked, b.kept
		}
		t.linear(b.mid, mixed, n.OutProj+".weight", n.OutProj+".bias", x, b.rows, c, c)
		t.norm(b.ln2, b.stats2, b.mid, n.Ln2, b.rows)
		t.linear(b.fc, b.ln2, n.CFc+".weight", n.CFc+".bias", 0, b.rows, c, wide)
		t.g.activation(b.act, b.fc, b.rows*wide, t.exact)
		t.linear(b.out, b.act, n.CProj+".weight", n.CProj+".bias", b.mid, b.rows, wide, c)
	}
	if len(t.blocks) == 0 {
		t.pick(t.out, t.first)
	}
}

// backward goes from dout [B, C], which lies in t.dx, to the gradient by first [B, T, C], which it
// leaves there.
func (t *transformer) backward() {
	c, all, wide := t.heads.Width, t.heads.Batch*t.heads.Tokens, t.hidden
	for i := len(t.blocks) - 1; i >= 0; i-- {
		b, n := t.blocks[i], t.names[i]
		// out = c_proj(act) + mid
		t.linearGrad(t.dwide, t.dx, b.act, n.CProj+".weight", n.CProj+".bias", b.rows, wide, c)
		t.g.activationGrad(t.dwide, t.dwide, b.fc, b.rows*wide, t.exact)
		t.linearGrad(t.dx2, t.dwide, b.ln2, n.CFc+".weight", n.CFc+".bias", b.rows, c, wide)
		t.normGrad(t.dmid, t.dx2, b.mid, b.stats2, t.dx, n.Ln2, b.rows)
		// mid = out_proj(mixed) + x
		mixed, skip, dmixed := b.mixed, t.dmid, t.dx2
		if b.picked != 0 {
			mixed = b.picked
		}
		t.linearGrad(t.dx2, t.dmid, mixed, n.OutProj+".weight", n.OutProj+".bias", b.rows, c, c)
		if b.picked != 0 {
			t.spread(t.dx, t.dx2)
			t.spread(t.dx2, t.dmid)
			dmixed, skip = t.dx, t.dx2
		}
		t.g.attentionGrad(t.dqkv, dmixed, b.mixed, 0, b.lse, b.qkv, t.heads, min(t.p, TF32))
		if b.picked != 0 {
			t.g.do(func() error { return t.g.stream.Copy(t.dmid, skip, uint64(all*c*number)) })
			skip = t.dmid
		}
		t.linearGrad(t.dx2, t.dqkv, b.ln1, n.InWeight, n.InBias, all, c, 3*c)
		t.normGrad(t.dx, t.dx2, b.x, b.stats1, skip, n.Ln1, all)
	}
	if len(t.blocks) == 0 {
		t.spread(t.dx2, t.dx)
		t.g.do(func() error { return t.g.stream.Copy(t.dx, t.dx2, uint64(all*c*number)) })
	}
}
