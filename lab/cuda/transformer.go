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
	low    bool    // all but what passes by the layers is bf16 in memory
	index  pointer // int32 [B]  the token that goes on; 0: the first
	blocks []blockState
	first  pointer // [B, T, C]  what goes in
	out    pointer // [B, C]     what comes out

	// Of the backward pass, used by each block in turn. Products read dxIn and dmidIn: copies of dx
	// and dmid in bf16, or those themselves.
	dx, dx2, dwide, dqkv, dmid pointer
	dxIn, dmidIn               pointer
}

// blockState is what block i leaves. rows is B·T; from mid on B in the last block. x, mid, out and
// what passes by in the last block are float32 in all precisions: two small numbers are added to
// them in each block, and bf16 would lose them. So does PyTorch's autocast.
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
	t := &transformer{g: a.g, ws: ws, heads: h, hidden: hidden, exact: exact, p: p, low: p == BF16}
	all, c := h.Batch*h.Tokens, h.Width
	t.first = a.take("activations", all*c)
	x := t.first
	for i := range layers {
		t.names = append(t.names, names(i))
		take := func(n int) pointer { return a.take("activations", n) }
		b := blockState{x: x, ln1: take(t.size(all * c)), stats1: take(2 * all),
			qkv: take(t.size(3 * all * c)), lse: take(h.Batch * h.Heads * h.Tokens),
			mixed: take(t.size(all * c)), rows: all}
		if i == layers-1 {
			b.rows, b.picked, b.kept = h.Batch, take(t.size(h.Batch*c)), take(h.Batch*c)
		}
		n, wide := b.rows*c, t.size(b.rows*hidden)
		b.mid, b.ln2, b.stats2, b.fc, b.act, b.out = take(n), take(t.size(n)), take(2*b.rows),
			take(wide), take(wide), take(n)
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

// size is how many numbers' memory n activations take.
func (t *transformer) size(n int) int {
	if t.low {
		return half(n)
	}
	return n
}

// share lets towers use one set of gradients' memory: they go backward one after the other.
func share(a *arena, towers ...*transformer) {
	n, wide := 0, 0
	for _, t := range towers {
		rows := t.heads.Batch * t.heads.Tokens
		n, wide = max(n, rows*t.heads.Width), max(wide, rows*t.hidden)
	}
	take := func(n int) pointer { return a.take("gradients of activations", n) }
	size := towers[0].size
	dx, dmid, dx2, dwide, dqkv := take(n), take(n), take(size(n)), take(size(wide)), take(size(3*n))
	dxIn, dmidIn := dx, dmid
	if towers[0].low {
		dxIn, dmidIn = take(half(n)), take(half(n))
	}
	for _, t := range towers {
		t.dx, t.dx2, t.dmid, t.dxIn, t.dmidIn = dx, dx2, dmid, dxIn, dmidIn
		t.dwide, t.dqkv = dwide, dqkv
	}
}

// linear is y = x·Wᵀ + b + residual; name is that of the layer. Without residual y is an
// activation, with it what passes by.
func (t *transformer) linear(y, x pointer, weight, bias string, residual pointer,
	rows, in, out int) {
	t.g.gemm(y, x, t.ws.matrix(weight), rows, out, in, false, true, fused{bias: t.ws.weight(bias),
		bias16: t.ws.matrix(bias), residual: residual, half: t.low && residual == 0}, t.p)
}

// wide is act = GELU(fc), fc = x·Wᵀ + b: the first half of an MLP.
func (t *transformer) wide(act, fc, x pointer, weight, bias string, rows int) {
	if !t.low {
		t.linear(fc, x, weight, bias, 0, rows, t.heads.Width, t.hidden)
		t.g.activation(act, fc, rows*t.hidden, t.exact)
		return
	}
	f := fused{bias: t.ws.weight(bias), bias16: t.ws.matrix(bias), half: true, act: quickAct,
		pre: fc}
	if t.exact {
		f.act = exactAct
	}
	t.g.gemm(act, x, t.ws.matrix(weight), rows, t.hidden, t.heads.Width, false, true, f, t.p)
}

// linearGrad is dx = dy·W, dW = dyᵀ·x and db = Σ dy.
func (t *transformer) linearGrad(dx, dy, x pointer, weight, bias string, rows, in, out int) {
	t.paramGrad(dy, x, weight, bias, rows, in, out)
	t.g.gemm(dx, dy, t.ws.matrix(weight), rows, in, out, false, false, fused{half: t.low}, t.p)
}

func (t *transformer) paramGrad(dy, x pointer, weight, bias string, rows, in, out int) {
	t.g.gemm(t.ws.grad(weight), dy, x, out, in, rows, true, false,
		fused{sums: t.ws.grad(bias)}, t.p)
}

// wideGrad is dfc of dy, which comes to the second half of an MLP: through its weights, and GELU.
func (t *transformer) wideGrad(dfc, dy, fc, act pointer, weight, bias string, rows int) {
	t.paramGrad(dy, act, weight, bias, rows, t.hidden, t.heads.Width)
	f := fused{half: t.low}
	if t.low {
		f.act, f.pre = quickSlope, fc
		if t.exact {
			f.act = exactSlope
		}
	}
	t.g.gemm(dfc, dy, t.ws.matrix(weight), rows, t.hidden, t.heads.Width, false, false, f, t.p)
	if !t.low {
		t.g.activationGrad(dfc, dfc, fc, rows*t.hidden, t.exact)
	}
}

// norm leaves an activation.
func (t *transformer) norm(y, stats, x pointer, name string, rows int) {
	t.g.layerNorm(y, stats, x, t.ws.weight(name+".weight"), t.ws.weight(name+".bias"), rows,
		t.heads.Width, t.low)
}

// normGrad is dx = gradient by x + skip, with its copy, and the gradients of gain and bias.
func (t *transformer) normGrad(dx, dxIn, dy, x, stats, skip pointer, name string, rows int) {
	gain, dgain, dbias := t.ws.weight(name+".weight"), t.ws.grad(name+".weight"),
		t.ws.grad(name+".bias")
	if t.low {
		t.g.layerNormBack(dx, dxIn, dgain, dbias, dy, x, gain, stats, skip, rows, t.heads.Width)
		return
	}
	t.g.layerNormParamGrad(dgain, dbias, dy, x, stats, rows, t.heads.Width, false)
	t.g.layerNormGrad(dx, 0, dy, x, gain, stats, skip, rows, t.heads.Width, false)
}

// pick takes the token that goes on of each sequence.
func (t *transformer) pick(dst, x pointer, bf16 bool) {
	c := t.heads.Width
	t.g.each(low("rows", bf16), t.heads.Batch*c, dst, x, t.index, int32(t.heads.Tokens), int32(c))
}

// spread puts gradients of picked tokens back among zeros.
func (t *transformer) spread(dx, dy pointer, bf16 bool) {
	c, n := t.heads.Width, t.heads.Batch*t.heads.Tokens*t.heads.Width
	t.g.each(low("rows_grad", bf16), n, dx, dy, t.index, int32(t.heads.Tokens), int32(c))
}

// forward goes from first to out:
//
//	x = x + attention(ln_1(x))
//	x = x + c_proj(GELU(c_fc(ln_2(x))))
func (t *transformer) forward() {
	c, all := t.heads.Width, t.heads.Batch*t.heads.Tokens
	for i, b := range t.blocks {
		n := t.names[i]
		t.norm(b.ln1, b.stats1, b.x, n.Ln1, all)
		t.linear(b.qkv, b.ln1, n.InWeight, n.InBias, 0, all, c, 3*c)
		t.g.attention(b.mixed, 0, b.lse, b.qkv, t.heads, t.p)
		mixed, x := b.mixed, b.x
		if b.picked != 0 {
			t.pick(b.picked, mixed, t.low)
			t.pick(b.kept, x, false)
			mixed, x = b.picked, b.kept
		}
		t.linear(b.mid, mixed, n.OutProj+".weight", n.OutProj+".bias", x, b.rows, c, c)
		t.norm(b.ln2, b.stats2, b.mid, n.Ln2, b.rows)
		t.wide(b.act, b.fc, b.ln2, n.CFc+".weight", n.CFc+".bias", b.rows)
		t.linear(b.out, b.act, n.CProj+".weight", n.CProj+".bias", b.mid, b.rows, t.hidden, c)
	}
	if len(t.blocks) == 0 {
		t.pick(t.out, t.first, false)
	}
}

// backward goes from dout [B, C], which lies in t.dx, to the gradient by first [B, T, C], which it
// leaves there.
func (t *transformer) backward() {
	c, all := t.heads.Width, t.heads.Batch*t.heads.Tokens
	for i := len(t.blocks) - 1; i >= 0; i-- {
		b, n := t.blocks[i], t.names[i]
		// out = c_proj(act) + mid
		t.wideGrad(t.dwide, t.dxIn, b.fc, b.act, n.CProj+".weight", n.CProj+".bias", b.rows)
		t.linearGrad(t.dx2, t.dwide, b.ln2, n.CFc+".weight", n.CFc+".bias", b.rows, c, t.hidden)
		t.normGrad(t.dmid, t.dmidIn, t.dx2, b.mid, b.stats2, t.dx, n.Ln2, b.rows)
		// mid = out_proj(mixed) + x
		mixed, skip, dmixed := b.mixed, t.dmid, t.dx2
		if b.picked != 0 {
			mixed = b.picked
		}
		t.linearGrad(t.dx2, t.dmidIn, mixed, n.OutProj+".weight", n.OutProj+".bias", b.rows, c, c)
		if b.picked != 0 {
			t.spread(t.dxIn, t.dx2, t.low)
			dmixed, skip = t.dxIn, t.dx
			if !t.low { // dxIn is dx
				skip = t.dx2
			}
			t.spread(skip, t.dmid, false)
		}
		t.g.attentionGrad(t.dqkv, dmixed, b.mixed, 0, b.lse, b.qkv, t.heads, t.p)
		if skip == t.dx2 {
			t.g.do(func() error { return t.g.stream.Copy(t.dmid, skip, uint64(all*c*number)) })
			skip = t.dmid
		}
		t.linearGrad(t.dx2, t.dqkv, b.ln1, n.InWeight, n.InBias, all, c, 3*c)
		t.normGrad(t.dx, t.dxIn, t.dx2, b.x, b.stats1, skip, n.Ln1, all)
	}
	if len(t.blocks) == 0 {
		t.spread(t.dmid, t.dx, false)
		t.g.do(func() error { return t.g.stream.Copy(t.dx, t.dmid, uint64(all*c*number)) })
	}
}
