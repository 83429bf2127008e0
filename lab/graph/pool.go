package graph

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"cliplab/lab/pages"
)

// pool lets ops share the memory of their outputs: what the last reader of a value has read is
// free for ops that come later. It works during the first run of a graph; later runs, in the
// same order, find every op with its memory.
//
// Values that are read after a run must be kept. They begin as zeros, as some gradients are
// written in part only; of what is shared nothing is read but what was written.
type pool struct {
	free  [][]float32
	left  map[*op]int   // readers that have not run yet; −1 is kept
	feeds map[*op][]*op // the ops whose outputs an op reads, as often as it reads them
	data  map[*op][]float32
}

// newPool plans for a graph all of whose ops are this package's.
func newPool(g *G.ExprGraph, keep G.Nodes) *pool {
	p := &pool{left: map[*op]int{}, feeds: map[*op][]*op{}, data: map[*op][]float32{}}
	for _, n := range g.AllNodes() {
		reader, ok := n.Op().(*op)
		if !ok {
			continue
		}
		for children := g.From(n.ID()); children.Next(); {
			if o, ok := children.Node().(*G.Node).Op().(*op); ok && !o.same {
				p.left[o]++
				p.feeds[reader] = append(p.feeds[reader], o)
			}
		}
	}
	for _, n := range keep {
		if o, ok := n.Op().(*op); ok {
			p.left[o] = -1
		}
	}
	for _, n := range g.AllNodes() {
		if o, ok := n.Op().(*op); ok {
			o.pool = p
		}
	}
	return p
}

// take gives an op the memory of its output.
func (p *pool) take(o *op) (G.Value, []float32) {
	if p == nil || p.left[o] <= 0 || len(o.shape) == 0 {
		return newValue(o.shape)
	}
	n, best := tensor.Shape(o.shape).TotalSize(), -1
	for i, f := range p.free {
		if len(f) >= n && (best < 0 || len(f) < len(p.free[best])) {
			best = i
		}
	}
	var data []float32
	if best >= 0 {
		data = p.free[best]
		p.free = append(p.free[:best], p.free[best+1:]...)
	} else {
		data = pages.Floats(n)
	}
	p.data[o] = data
	return tensor.New(tensor.WithShape(o.shape...), tensor.WithBacking(data[:n:n])), data[:n:n]
}

// release frees what an op was the last to read.
func (p *pool) release(reader *op) {
	if p == nil {
		return
	}
	for _, o := range p.feeds[reader] {
		if p.left[o] <= 0 {
			continue
		}
		if p.left[o]--; p.left[o] == 0 && p.data[o] != nil {
			p.free = append(p.free, p.data[o])
			delete(p.data, o)
		}
	}
}
