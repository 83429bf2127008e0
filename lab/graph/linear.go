package graph

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"cliplab/lab/ops"
)

// Linear is x·Wᵀ + b over the last dimension of x; b may be nil.
//
//	x [..., in]
//	w [out, in]  as torch.nn.Linear keeps it; further dimensions of w count to in
//	b [out]
//	  [..., out]
func Linear(x, w, b *G.Node) *G.Node { return linear(x, w, b, nil, nil, true) }

// linear with a fork adds the residual x₀, and leaves the gradient that belongs to x₀ in the
// fork. Without inputGrad x has no gradient.
func linear(x, w, b, residual *G.Node, skip *fork, inputGrad bool) *G.Node {
	out, in := w.Shape()[0], w.Shape()[1:].TotalSize()
	want("Linear", "x", x, last(x) == in)
	all, used := x.Shape().TotalSize()/in, rowsOf(x)
	shape := append(x.Shape().Clone()[:x.Dims()-1], out)
	inputs, at := G.Nodes{x, w}, 2
	bias, extra := 0, 0 // where they stand among the inputs; 0 is nowhere
	if b != nil {
		want("Linear", "b", b, b.Shape().TotalSize() == out)
		inputs, bias, at = append(inputs, b), at, at+1
	}
	if residual != nil {
		want("Linear", "residual", residual, residual.Shape().Eq(shape))
		inputs, extra = append(inputs, residual), at
	}
	o := &op{name: "Linear", shape: shape, wanted: make([]bool, len(inputs))}
	o.wanted[0], o.wanted[1] = inputGrad, true
	o.run = func(dst []float32, v [][]float32) {
		var b, around []float32
		rows := used.rows(all)
		if bias > 0 {
			b = v[bias]
		}
		if extra > 0 {
			around = v[extra][:rows*out]
		}
		ops.Linear(dst[:rows*out], v[0][:rows*in], v[1], b, around, rows, in, out)
	}
	if bias > 0 {
		o.wanted[bias] = true
	}
	o.grads = func(inputs G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, len(inputs))
		if o.wanted[0] {
			grads[0] = apply(&op{name: "Linear dx", shape: x.Shape(),
				run: func(dx []float32, v [][]float32) {
					rows := used.rows(all)
					ops.LinearGrad(dx[:rows*in], nil, nil, v[0][:rows*out], nil, v[1], rows, in, out)
				}}, grad, w)
		}
		if o.wanted[1] {
			grads[1] = apply(&op{name: "Linear dw", shape: w.Shape(),
				run: func(dw []float32, v [][]float32) {
					rows := used.rows(all)
					ops.LinearGrad(nil, dw, nil, v[0][:rows*out], v[1][:rows*in], nil, rows, in, out)
				}}, grad, x)
		}
		if bias > 0 && o.wanted[bias] {
			grads[bias] = columnSums("Linear db", grad, b.Shape())
		}
		if skip != nil {
			skip.join(grad)
		}
		return grads
	}
	return apply(o, inputs...)
}

// Project is x·P, as CLIP keeps its projections: the transpose of a linear layer's weight.
//
//	x [n, width]
//	p [width, embed]
//	  [n, embed]
func Project(x, p *G.Node) *G.Node {
	want("Project", "p", p, p.Dims() == 2)
	width, embed := p.Shape()[0], p.Shape()[1]
	want("Project", "x", x, last(x) == width)
	rows := x.Shape().TotalSize() / width
	o := &op{name: "Project", shape: append(x.Shape().Clone()[:x.Dims()-1], embed),
		wanted: []bool{true, true},
		run: func(dst []float32, v [][]float32) {
			ops.Gemm(dst, v[0], v[1], rows, embed, width, false, false, false)
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 2)
		if o.wanted[0] {
			grads[0] = apply(&op{name: "Project dx", shape: x.Shape(),
				run: func(dx []float32, v [][]float32) {
					ops.Gemm(dx, v[0], v[1], rows, width, embed, false, true, false)
				}}, grad, p)
		}
		if o.wanted[1] {
			grads[1] = apply(&op{name: "Project dp", shape: p.Shape(),
				run: func(dp []float32, v [][]float32) {
					ops.Gemm(dp, v[1], v[0], width, embed, rows, true, false, false)
				}}, grad, x)
		}
		return grads
	}
	return apply(o, x, p)
}

// Add is a + b, elementwise.
func Add(a, b *G.Node) *G.Node {
	want("Add", "b", b, b.Shape().Eq(a.Shape()))
	o := &op{name: "Add", shape: a.Shape(), wanted: []bool{true, true},
		run: func(dst []float32, v [][]float32) { ops.Add(dst, v[0], v[1]) }}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		// Copies: where a node has several gradients, Gorgonia adds the others into the first.
		return G.Nodes{duplicate(grad), duplicate(grad)}
	}
	return apply(o, a, b)
}

func duplicate(x *G.Node) *G.Node {
	return apply(&op{name: "Copy", shape: x.Shape(),
		run: func(dst []float32, v [][]float32) { copy(dst, v[0]) }}, x)
}

// columnSums adds x up over all but the last numbers, as many as the shape holds.
func columnSums(name string, x *G.Node, shape tensor.Shape) *G.Node {
	columns := shape.TotalSize()
	all, used := x.Shape().TotalSize()/columns, rowsOf(x)
	return apply(&op{name: name, shape: shape, run: func(dst []float32, v [][]float32) {
		rows := used.rows(all)
		ops.ColumnSums(dst, v[0][:rows*columns], rows, columns)
	}}, x)
}

// last is the size of the last dimension.
func last(x *G.Node) int {
	if x.Dims() == 0 {
		return 1
	}
	return x.Shape()[x.Dims()-1]
}

func want(op, name string, x *G.Node, ok bool) {
	if !ok {
		panic(fmt.Sprintf("graph: %s: %s of shape %v does not fit", op, name, x.Shape()))
	}
}
