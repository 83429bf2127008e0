package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
)

// batchNorm is a batch norm over rows of cells: what it keeps of a run, and its nodes.
type batchNorm struct {
	norm           *ops.BatchNorm
	x, gamma, beta *G.Node
	mean, variance *G.Node // running statistics to be used, nil for those of the batch
	name           string  // of the parameters
}

func newBatchNorm(x, gamma, beta, mean, variance *G.Node) *batchNorm {
	width := last(x)
	for name, n := range map[string]*G.Node{"gamma": gamma, "beta": beta, "mean": mean,
		"variance": variance} {
		if n != nil {
			want("BatchNorm", name, n, n.Shape().TotalSize() == width)
		}
	}
	return &batchNorm{norm: ops.NewBatchNorm(x.Shape().TotalSize()/width, width), x: x,
		gamma: gamma, beta: beta, mean: mean, variance: variance}
}

// BatchNorm is (x − μ)/σ · gamma + beta of each channel, with the μ and σ² = variance + 1e-5 of
// all cells of the batch.
//
//	x           [..., C]
//	gamma, beta [C]
//	            [..., C]
func BatchNorm(x, gamma, beta *G.Node) *G.Node {
	return newBatchNorm(x, gamma, beta, nil, nil).apply(false)
}

// apply is the node of the norm, with a ReLU behind it where relu says so.
func (n *batchNorm) apply(relu bool) *G.Node {
	o := &op{name: "BatchNorm", shape: n.x.Shape(), wanted: []bool{true, true, true}}
	inputs := G.Nodes{n.x, n.gamma, n.beta}
	run := n.run(o, &inputs)
	o.run = func(dst []float32, v [][]float32) { run(dst, nil, v, relu) }
	o.grads = func(inputs G.Nodes, output, grad *G.Node) G.Nodes {
		if !relu {
			output = nil
		}
		return append(n.grads(grad, output, [3]bool(o.wanted)), make(G.Nodes, len(inputs)-3)...)
	}
	return apply(o, inputs...)
}

// run adds the running statistics, where they are used, to the inputs of an op, and computes
// the norm.
func (n *batchNorm) run(o *op, inputs *G.Nodes) func(dst, residual []float32, v [][]float32,
	relu bool) {
	at := len(*inputs)
	if n.mean != nil {
		*inputs = append(*inputs, n.mean, n.variance)
		for len(o.wanted) < len(*inputs) {
			o.wanted = append(o.wanted, false)
		}
	}
	return func(dst, residual []float32, v [][]float32, relu bool) {
		if n.mean != nil {
			n.norm.Take(v[at], v[at+1])
		} else {
			n.norm.Measure(v[0])
		}
		n.norm.Apply(dst, v[0], residual, v[1], v[2], relu)
	}
}

// grads are the gradients of x, gamma and beta, where they are wanted; y is the output of a norm
// with a ReLU, else nil.
func (n *batchNorm) grads(grad, y *G.Node, wanted [3]bool) G.Nodes {
	grads, sums := make(G.Nodes, 3), (*G.Node)(nil)
	inputs := G.Nodes{grad, n.x}
	if y != nil {
		inputs = append(inputs, y)
	}
	open := func(v [][]float32) []float32 { // where the ReLU lets through
		if y != nil {
			return v[2]
		}
		return nil
	}
	if wanted[1] || wanted[2] || wanted[0] && n.mean == nil {
		dbeta := make([]float32, last(n.x))
		sums = apply(&op{name: "BatchNorm dgamma", shape: n.gamma.Shape(),
			run: func(dgamma []float32, v [][]float32) {
				n.norm.ParamGrad(dgamma, dbeta, v[0], v[1], open(v))
			}}, inputs...)
		if wanted[1] {
			grads[1] = sums
		}
		if wanted[2] {
			grads[2] = follow("BatchNorm dbeta", sums, n.beta, dbeta)
		}
	}
	if wanted[0] {
		at := len(inputs)
		inputs := append(inputs[:at:at], n.gamma)
		if n.mean == nil {
			inputs = append(inputs, sums) // it comes after: its sums are needed
		}
		grads[0] = apply(&op{name: "BatchNorm dx", shape: n.x.Shape(),
			run: func(dx []float32, v [][]float32) {
				n.norm.Grad(dx, v[0], v[1], open(v), v[at])
			}}, inputs...)
	}
	return grads
}

// around is what a bottleneck's input goes through on its way around: nothing, or a pool, a 1×1
// convolution and a batch norm.
type around struct {
	x      *G.Node // the input of the bottleneck
	stride int
	w      *G.Node    // nil where nothing is on the way
	norm   *batchNorm // of the convolution's output
	end    *G.Node    // what is added to the branch
	pooled *G.Node
}

// newAround makes the nodes of the way forward. They carry no gradient by themselves: join does.
func newAround(x, w *G.Node, stride int, norm func(x *G.Node) *batchNorm) *around {
	a := &around{x: x, stride: stride, w: w, end: x, pooled: x}
	if w == nil {
		return a
	}
	if stride > 1 {
		a.pooled = averageFour(x, false)
	}
	p := newPoints(a.pooled, w)
	o := &op{name: "Convolution 1×1", shape: p.shape, wanted: []bool{false, false}, run: p.forward}
	o.grads = func(G.Nodes, *G.Node, *G.Node) G.Nodes { return make(G.Nodes, 2) }
	a.norm = norm(apply(o, a.pooled, w))
	o = &op{name: "BatchNorm", shape: p.shape, wanted: make([]bool, 3)}
	inputs := G.Nodes{a.norm.x, a.norm.gamma, a.norm.beta}
	run := a.norm.run(o, &inputs)
	o.run = func(dst []float32, v [][]float32) { run(dst, nil, v, false) }
	o.grads = func(inputs G.Nodes, _, _ *G.Node) G.Nodes { return make(G.Nodes, len(inputs)) }
	a.end = apply(o, inputs...)
	return a
}

// join ends a bottleneck: ReLU(norm(x) + around). Its gradient makes those of the whole way
// around, for which it has the parameters on that way among its inputs, and leaves that of the
// bottleneck's input in the fork: the convolution that starts the branch adds it to its own.
//
// Gorgonia would differentiate the input twice and add the parts in place; see fork. Going
// backwards the join always comes before the start of its branch.
func join(n *batchNorm, a *around, skip *fork) *G.Node {
	want("join", "around", a.end, a.end.Shape().Eq(n.x.Shape()))
	inputs := G.Nodes{n.x, n.gamma, n.beta, a.end}
	o := &op{name: "BatchNorm", shape: n.x.Shape(), wanted: []bool{true, true, true, false}}
	if a.w != nil {
		inputs = append(inputs, a.w, a.norm.gamma, a.norm.beta)
		o.wanted = append(o.wanted, true, true, true)
	}
	run := n.run(o, &inputs)
	o.run = func(dst []float32, v [][]float32) { run(dst, v[3], v, true) }
	o.grads = func(inputs G.Nodes, output, grad *G.Node) G.Nodes {
		open := apply(&op{name: "ReLU dx", shape: n.x.Shape(), run: func(dx []float32, v [][]float32) {
			ops.ReLUGrad(dx, v[0], v[1])
		}}, grad, output)
		grads := make(G.Nodes, len(inputs))
		copy(grads, n.grads(open, nil, [3]bool(o.wanted)))
		if a.w == nil {
			skip.grad = open
			return grads
		}
		copy(grads[4:], a.grads(open, [3]bool(o.wanted[4:]), skip))
		return grads
	}
	return apply(o, inputs...)
}

// grads are the gradients of the way's w, gamma and beta, where they are wanted; that of the
// input, where it has one, goes to the fork.
func (a *around) grads(grad *G.Node, wanted [3]bool, skip *fork) G.Nodes {
	input := !constant(a.x)
	through := a.norm.grads(grad, nil, [3]bool{input || wanted[0], wanted[1], wanted[2]})
	grads := G.Nodes{nil, through[1], through[2]}
	p := newPoints(a.pooled, a.w)
	if wanted[0] {
		grads[0] = p.weightGrad(through[0], a.pooled, a.w)
	}
	if input {
		skip.grad = p.inputGrad(through[0], a.pooled, a.w, nil)
		if a.stride > 1 {
			skip.grad = averageFourGrad(skip.grad, a.x.Shape())
		}
	}
	return grads
}

// constant says that nothing learned stands behind a node.
func constant(n *G.Node) bool {
	o, ok := n.Op().(*op)
	return ok && o.constant
}
