package tower

import (
	"cliplab/lab/ops"
	"cliplab/lab/tensor"
)

// run is one pass through a tower: the parameters, and buffers that are used again for the next
// part of the batch.
type run struct {
	params map[string]*tensor.Tensor
	exact  bool
	all    [][]float32
	free   map[int][][]float32 // by length
}

func newRun(params map[string]*tensor.Tensor, exactGELU bool) *run {
	return &run{params: params, exact: exactGELU, free: map[int][][]float32{}}
}

func (r *run) get(name string) []float32 {
	t := r.params[name]
	if t == nil {
		panic("tower: parameter " + name + " is missing")
	}
	return t.Data
}

// take is a buffer of n numbers of unknown content; give returns some, reset returns all.
func (r *run) take(n int) []float32 {
	if l := r.free[n]; len(l) > 0 {
		r.free[n] = l[:len(l)-1]
		return l[len(l)-1]
	}
	x := make([]float32, n)
	r.all = append(r.all, x)
	return x
}

func (r *run) give(buffers ...[]float32) {
	for _, x := range buffers {
		r.free[len(x)] = append(r.free[len(x)], x)
	}
}

func (r *run) reset() {
	clear(r.free)
	r.give(r.all...)
}

func (r *run) linear(x []float32, weight, bias string, residual []float32,
	rows, in, out int) []float32 {
	y := r.take(rows * out)
	var b []float32
	if bias != "" {
		b = r.get(bias)
	}
	ops.Linear(y, x, r.get(weight), b, residual, rows, in, out)
	return y
}

func (r *run) norm(x []float32, name string, rows, width int) []float32 {
	y, stats := r.take(rows*width), r.take(2*rows)
	ops.LayerNorm(y, stats, x, r.get(name+".weight"), r.get(name+".bias"), rows, width)
	r.give(stats)
	return y
}

// blocks runs x through a tower's blocks and picks the token that stands for each sequence, at
// index. In the last block all tokens are attended to, but only the picked one goes on: nothing
// reads the others. The result is [B, C].
func (r *run) blocks(x []float32, names func(int) Block, layers int, h ops.Heads,
	index []int) []float32 {
	for i := range layers {
		at := index
		if i < layers-1 {
			at = nil
		}
		x = r.block(x, names(i), h, at)
	}
	if layers == 0 {
		x = r.pick(x, index, h)
	}
	return x
}

// block is one residual block; x is given back. With index only those tokens come out.
//
//	x = x + attention(ln_1(x))
//	x = x + c_proj(GELU(c_fc(ln_2(x))))
func (r *run) block(x []float32, b Block, h ops.Heads, index []int) []float32 {
	rows, w := h.Batch*h.Tokens, h.Width
	n1 := r.norm(x, b.Ln1, rows, w)
	qkv := r.linear(n1, b.InWeight, b.InBias, nil, rows, w, 3*w)
	mixed, probs := r.take(rows*w), r.take(h.Batch*h.Heads*h.Tokens*h.Tokens)
	ops.Attention(mixed, probs, qkv, h)
	r.give(n1, qkv, probs)
	if index != nil {
		rows, mixed, x = h.Batch, r.pick(mixed, index, h), r.pick(x, index, h)
	}
	mid := r.linear(mixed, b.OutProj+".weight", b.OutProj+".bias", x, rows, w, w)
	r.give(x, mixed)

	n2 := r.norm(mid, b.Ln2, rows, w)
	hidden := r.linear(n2, b.CFc+".weight", b.CFc+".bias", nil, rows, w, 4*w)
	if r.exact {
		ops.GELU(hidden, hidden)
	} else {
		ops.QuickGELU(hidden, hidden)
	}
	y := r.linear(hidden, b.CProj+".weight", b.CProj+".bias", mid, rows, 4*w, w)
	r.give(mid, n2, hidden)
	return y
}

// pick is one token of each sequence, [B, C]; x is given back.
func (r *run) pick(x []float32, index []int, h ops.Heads) []float32 {
	y := r.take(h.Batch * h.Width)
	ops.Rows(y, x, index, h.Tokens, h.Width)
	r.give(x)
	return y
}

// project normalises the picked tokens and carries them to the features:
// dst = norm(x) @ projection.
func (r *run) project(dst, x []float32, batch, width int, norm, projection string, embed int) {
	y := r.norm(x, norm, batch, width)
	ops.Gemm(dst, y, r.get(projection), batch, embed, width, false, false, false)
}
