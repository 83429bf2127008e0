package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
)

// MeanFirst puts the mean of all cells before them and adds the positions.
//
//	x         [B, S, S, C]
//	positions [1+S², C]
//	          [B, 1+S², C]
func MeanFirst(x, positions *G.Node) *G.Node {
	s := x.Shape()
	want("MeanFirst", "x", x, len(s) == 4)
	b, cells, width := s[0], s[1]*s[2], s[3]
	want("MeanFirst", "positions", positions, positions.Shape().TotalSize() == (1+cells)*width)
	o := &op{name: "MeanFirst", shape: []int{b, 1 + cells, width}, wanted: []bool{true, true},
		run: func(dst []float32, v [][]float32) { ops.MeanFirst(dst, v[0], v[1], b, cells, width) }}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 2)
		if o.wanted[0] {
			grads[0] = apply(&op{name: "MeanFirst dx", shape: s,
				run: func(dx []float32, v [][]float32) {
					ops.MeanFirstGrad(dx, v[0], b, cells, width)
				}}, grad)
		}
		if o.wanted[1] {
			grads[1] = columnSums("MeanFirst dpositions", grad, positions.Shape())
		}
		return grads
	}
	return apply(o, x, positions)
}

// AttentionPool lets the first token of each sequence take from all of them:
// softmax(q·Kᵀ/√d)·V per head, of q = first·Wqᵀ + bq, K = x·Wkᵀ + bk, V = x·Wvᵀ + bv. That is one
// op, as Gorgonia must not add up the three gradients of x in place.
//
//	x       [B, T, C]
//	weights [C, C] each: of queries, keys, values
//	biases  [C] each
//	        [B, C]
func AttentionPool(x *G.Node, weights, biases [3]*G.Node, heads int) *G.Node {
	want("AttentionPool", "x", x, x.Dims() == 3 && heads > 0 && last(x)%heads == 0)
	s := x.Shape()
	p := newPooling(ops.Heads{Batch: s[0], Tokens: s[1], Width: s[2], Heads: heads})
	inputs := G.Nodes{x}
	for i, w := range weights {
		want("AttentionPool", "weight", w, w.Shape().TotalSize() == s[2]*s[2] && w.Dims() == 2)
		want("AttentionPool", "bias", biases[i], biases[i].Shape().TotalSize() == s[2])
		inputs = append(inputs, w, biases[i])
	}
	o := &op{name: "AttentionPool", shape: []int{s[0], s[2]}, run: p.forward,
		wanted: []bool{true, true, true, true, true, true, true}}
	o.grads = func(inputs G.Nodes, _, grad *G.Node) G.Nodes {
		return p.grads(grad, inputs, o.wanted)
	}
	return apply(o, inputs...)
}

// pooling is what attention pooling keeps of a run. Of each array of three the members are those
// of queries, one for each sequence, of keys, and of values.
type pooling struct {
	ops.Heads
	probs []float32 // [B, H, T]
	first []float32 // [B, C]
	parts [3][]float32
	rows  [3]int
	grad  [3][]float32 // by parts
	asked []float32    // [B, C], the first token's gradient by way of its query
}

func newPooling(h ops.Heads) *pooling {
	one, all := h.Batch, h.Batch*h.Tokens
	p := &pooling{Heads: h, probs: make([]float32, h.Heads*all), rows: [3]int{one, all, all},
		first: make([]float32, one*h.Width), asked: make([]float32, one*h.Width)}
	for i, rows := range p.rows {
		p.parts[i], p.grad[i] = make([]float32, rows*h.Width), make([]float32, rows*h.Width)
	}
	return p
}

func (p *pooling) forward(dst []float32, v [][]float32) {
	for b := range p.Batch {
		copy(p.first[b*p.Width:(b+1)*p.Width], v[0][b*p.Tokens*p.Width:])
	}
	for i := range p.parts {
		ops.Linear(p.parts[i], p.input(i, v[0]), v[1+2*i], v[2+2*i], nil, p.rows[i], p.Width, p.Width)
	}
	ops.FirstAttends(dst, p.probs, p.parts[0], p.parts[1], p.parts[2], p.Heads)
}

// input is what part i is made from.
func (p *pooling) input(i int, x []float32) []float32 {
	if i == 0 {
		return p.first
	}
	return x
}

// grads makes the gradients by q, K and V first; all others, where they are wanted, come from
// those.
func (p *pooling) grads(grad *G.Node, inputs G.Nodes, wanted []bool) G.Nodes {
	width, x := p.Width, inputs[0]
	within := apply(&op{name: "AttentionPool dq", shape: []int{p.Batch, width},
		run: func(dq []float32, v [][]float32) {
			ops.FirstAttendsGrad(p.grad[0], p.grad[1], p.grad[2], v[0], p.parts[0], p.parts[1],
				p.parts[2], p.probs, p.Heads)
			copy(dq, p.grad[0])
		}}, grad)
	grads := make(G.Nodes, len(inputs))
	if wanted[0] {
		grads[0] = apply(&op{name: "AttentionPool dx", shape: x.Shape(),
			run: func(dx []float32, v [][]float32) { p.inputGrad(dx, v[1], v[2], v[3]) }},
			within, inputs[1], inputs[3], inputs[5])
	}
	for i, name := range []string{"q", "k", "v"} {
		if wanted[1+2*i] {
			grads[1+2*i] = apply(&op{name: "AttentionPool dw" + name, shape: inputs[1+2*i].Shape(),
				run: func(dw []float32, v [][]float32) {
					ops.LinearGrad(nil, dw, nil, p.grad[i], p.input(i, v[1]), nil, p.rows[i], width, width)
				}}, within, x)
		}
		if wanted[2+2*i] {
			grads[2+2*i] = apply(&op{name: "AttentionPool db" + name, shape: inputs[2+2*i].Shape(),
				run: func(db []float32, _ [][]float32) {
					ops.ColumnSums(db, p.grad[i], p.rows[i], width)
				}}, within)
		}
	}
	return grads
}

// inputGrad is dK·Wk + dV·Wv, and for the first token dq·Wq as well.
func (p *pooling) inputGrad(dx, wq, wk, wv []float32) {
	w := p.Width
	ops.Gemm(dx, p.grad[1], wk, p.rows[1], w, w, false, false, false)
	ops.Gemm(dx, p.grad[2], wv, p.rows[2], w, w, false, false, true)
	ops.Gemm(p.asked, p.grad[0], wq, p.rows[0], w, w, false, false, false)
	for b := range p.Batch {
		to := dx[b*p.Tokens*w:][:w]
		ops.Add(to, to, p.asked[b*w:(b+1)*w])
	}
}
