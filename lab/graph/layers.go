package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
	"cliplab/lab/pages"
)

// fork carries the gradient of a residual connection around a branch: the op that joins the
// branch leaves it here, the layer norm that starts the branch adds it to its own.
//
//	y = x + f(LayerNorm(x))
//
// Gorgonia would differentiate x twice and add the parts in place, into a buffer that another op
// still reads. Going backwards the join always comes before the layer norm.
type fork struct {
	grad   *G.Node
	spread func(grad *G.Node) *G.Node // where x takes part in the join with some rows only, or nil
}

func (f *fork) join(grad *G.Node) {
	if f.spread != nil {
		grad = f.spread(grad)
	}
	f.grad = grad
}

// LayerNorm is (x − μ)/σ · gamma + beta over the last dimension, with σ² = variance + 1e-5.
//
//	x           [..., width]
//	gamma, beta [width]
//	            [..., width]
func LayerNorm(x, gamma, beta *G.Node) *G.Node { return layerNorm(x, gamma, beta, nil) }

func layerNorm(x, gamma, beta *G.Node, skip *fork) *G.Node {
	width := last(x)
	want("LayerNorm", "gamma", gamma, gamma.Shape().TotalSize() == width)
	want("LayerNorm", "beta", beta, beta.Shape().TotalSize() == width)
	all, used := x.Shape().TotalSize()/width, rowsOf(x)
	stats := make([]float32, 2*all)
	o := &op{name: "LayerNorm", shape: x.Shape(), wanted: []bool{true, true, true},
		run: func(dst []float32, v [][]float32) {
			n := used.rows(all)
			ops.LayerNorm(dst[:n*width], stats[:2*n], v[0][:n*width], v[1], v[2], n, width)
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 3)
		if o.wanted[0] {
			grads[0] = layerNormInputGrad(grad, x, gamma, skip, stats)
		}
		if o.wanted[1] || o.wanted[2] {
			sums := make([]float32, width)
			grads[1] = apply(&op{name: "LayerNorm dgamma", shape: gamma.Shape(),
				run: func(dgamma []float32, v [][]float32) {
					n := used.rows(all)
					ops.LayerNormParamGrad(dgamma, sums, v[0][:n*width], v[1][:n*width], stats[:2*n], n,
						width)
				}}, grad, x)
			grads[2] = follow("LayerNorm dbeta", grads[1], beta, sums)
		}
		return grads
	}
	return apply(o, x, gamma, beta)
}

// layerNormInputGrad adds what a fork brings around the branch.
func layerNormInputGrad(grad, x, gamma *G.Node, skip *fork, stats []float32) *G.Node {
	width, inputs := last(x), G.Nodes{grad, x, gamma}
	all, used := x.Shape().TotalSize()/width, rowsOf(x)
	if skip != nil {
		inputs = append(inputs, skip.grad)
	}
	return apply(&op{name: "LayerNorm dx", shape: x.Shape(), run: func(dx []float32, v [][]float32) {
		var around []float32
		rows := used.rows(all)
		n := rows * width
		if skip != nil {
			around = v[3][:n]
		}
		ops.LayerNormGrad(dx[:n], v[0][:n], v[1][:n], v[2], stats[:2*rows], around, rows, width)
	}}, inputs...)
}

// follow is a gradient that another op computed on the way: it takes that op as input to run
// after it.
func follow(name string, after, of *G.Node, numbers []float32) *G.Node {
	return apply(&op{name: name, shape: of.Shape(),
		run: func(dst []float32, _ [][]float32) { copy(dst, numbers) }}, after)
}

// Attention lets each token take from those that it may see: softmax(Q·Kᵀ/√d)·V per head.
//
//	qkv [B, T, 3·width]  queries, keys, values
//	    [B, T, width]
func Attention(qkv *G.Node, heads int, causal bool) *G.Node {
	want("Attention", "qkv", qkv, qkv.Dims() == 3 && heads > 0 && last(qkv)%(3*heads) == 0)
	s, texts := qkv.Shape(), rowsOf(qkv)
	h := ops.Heads{Batch: s[0], Tokens: s[1], Width: s[2] / 3, Heads: heads, Causal: causal}
	probs := pages.Floats(h.Batch * h.Heads * h.Tokens * h.Tokens)
	o := &op{name: "Attention", shape: []int{s[0], s[1], h.Width}, wanted: []bool{true},
		run: func(dst []float32, v [][]float32) {
			if texts == nil {
				ops.Attention(dst, probs, v[0], h)
				return
			}
			n := texts.rows(0) * h.Width
			ops.AttentionRagged(dst[:n], probs, v[0][:3*n], texts.first, h)
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: "Attention dqkv", shape: s,
			run: func(dqkv []float32, v [][]float32) {
				if texts == nil {
					ops.AttentionGrad(dqkv, v[0], v[1], probs, h)
					return
				}
				n := texts.rows(0) * h.Width
				ops.AttentionRaggedGrad(dqkv[:3*n], v[0][:n], v[1][:3*n], probs, texts.first, h)
			}}, grad, qkv)}
	}
	return apply(o, qkv)
}

// QuickGELU is x · σ(1.702 x), OpenAI's activation.
func QuickGELU(x *G.Node) *G.Node {
	return activation("QuickGELU", x, ops.QuickGELU, ops.QuickGELUGrad)
}

// GELU is x · Φ(x), open_clip's activation.
func GELU(x *G.Node) *G.Node { return activation("GELU", x, ops.GELU, ops.GELUGrad) }

func activation(name string, x *G.Node, f func(dst, x []float32),
	df func(dx, dy, x []float32)) *G.Node {
	width, used := last(x), rowsOf(x)
	all := x.Shape().TotalSize() / width
	o := &op{name: name, shape: x.Shape(), wanted: []bool{true},
		run: func(dst []float32, v [][]float32) {
			n := used.rows(all) * width
			f(dst[:n], v[0][:n])
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: name + " dx", shape: x.Shape(),
			run: func(dx []float32, v [][]float32) {
				n := used.rows(all) * width
				df(dx[:n], v[0][:n], v[1][:n])
			}}, grad, x)}
	}
	return apply(o, x)
}

// Softmax turns the last dimension into probabilities.
func Softmax(x *G.Node) *G.Node {
	columns := last(x)
	rows := x.Shape().TotalSize() / columns
	o := &op{name: "Softmax", shape: x.Shape(), wanted: []bool{true},
		run: func(dst []float32, v [][]float32) { ops.Softmax(dst, v[0], 1, rows, columns) }}
	o.grads = func(_ G.Nodes, output, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: "Softmax dx", shape: x.Shape(),
			run: func(dx []float32, v [][]float32) {
				ops.SoftmaxGrad(dx, v[0], v[1], 1, rows, columns)
			}}, grad, output)}
	}
	return apply(o, x)
}
