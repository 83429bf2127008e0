package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
)

// sequences says which rows of nodes [B, T, width] hold the tokens of which sequence, and which
// row stands for it. Texts of a tower stand one after another, each up to its end and no further:
// under the causal mask nothing that is learned depends on what comes behind. Their nodes have
// room for T tokens each, and use the first rows of it.
type sequences struct {
	batch, tokens int
	ragged        bool  // a sequence ends with its end of text; else all have T tokens
	first         []int // row where a sequence begins, and where the last one ends
	picked        []int // row that stands for a sequence
	ids, at       []int // of texts: token and position of a row
}

// newSequences are sequences of T tokens, of which the first stands for them.
func newSequences(batch, tokens int) *sequences {
	s := &sequences{batch: batch, tokens: tokens, first: make([]int, batch+1)}
	for b := range s.first {
		s.first[b] = b * tokens
	}
	s.picked = s.first[:batch:batch]
	return s
}

// newTexts are texts, which read has to see before each run.
func newTexts(batch, tokens int, ragged bool) *sequences {
	s := newSequences(batch, tokens)
	s.ragged, s.picked = ragged, make([]int, batch)
	s.ids, s.at = make([]int, batch*tokens), make([]int, batch*tokens)
	return s
}

// read takes the ids of texts [B, T], as float32.
func (s *sequences) read(tokens []float32) {
	s.ids, s.at = s.ids[:len(tokens)], s.at[:len(tokens)]
	for i, v := range tokens {
		s.ids[i] = int(v)
	}
	ops.EndOfText(s.picked, s.ids, s.tokens)
	rows := 0
	for b, end := range s.picked {
		n := s.tokens
		if s.ragged {
			n = end + 1
		}
		s.first[b], s.picked[b] = rows, rows+end
		copy(s.ids[rows:rows+n], s.ids[b*s.tokens:])
		for t := range n {
			s.at[rows+t] = t
		}
		rows += n
	}
	s.first[s.batch], s.ids, s.at = rows, s.ids[:rows], s.at[:rows]
}

// rows is how many rows of a node are in use, of all; without sequences, all.
func (s *sequences) rows(all int) int {
	if s == nil {
		return all
	}
	return s.first[s.batch]
}

// heads is the shape of an attention over the sequences.
func (s *sequences) heads(width, heads int, causal bool) ops.Heads {
	return ops.Heads{Batch: s.batch, Tokens: s.tokens, Width: width, Heads: heads, Causal: causal}
}

// pick is the row of x that stands for each sequence, [B, width]. With grad it carries a gradient
// back. Tokens, unless nil, are read before.
func (s *sequences) pick(name string, x, tokens *G.Node, grad bool) *G.Node {
	width, inputs := last(x), G.Nodes{x}
	if tokens != nil {
		inputs = append(inputs, tokens)
	}
	o := &op{name: name, shape: []int{s.batch, width}, wanted: []bool{grad, false}[:len(inputs)]}
	o.run = func(dst []float32, v [][]float32) {
		if len(v) > 1 {
			s.read(v[1])
		}
		ops.RowsAt(dst, v[0], s.picked, width)
	}
	o.grads = func(inputs G.Nodes, _, grad *G.Node) G.Nodes {
		return G.Nodes{s.spread(name, grad, x), nil}[:len(inputs)]
	}
	return apply(o, inputs...)
}

// spread puts the gradient of picked rows back among zeros, [B, width] → that of x.
func (s *sequences) spread(name string, grad, x *G.Node) *G.Node {
	width := last(x)
	return apply(&op{name: name + " dx", shape: x.Shape(), rows: rowsOf(x),
		run: func(dx []float32, v [][]float32) {
			ops.RowsAtGrad(dx[:s.first[s.batch]*width], v[0], s.picked, width)
		}}, grad)
}

// queries is Linear, with a query only for the row that stands for each sequence.
//
//	x [B, T, width]
//	w [3·width, width], b [3·width]
//	  [B, T, 3·width]  queries of other rows hold nothing
func (s *sequences) queries(x, w, b *G.Node) *G.Node {
	in := last(x)
	o := &op{name: "Linear", shape: []int{s.batch, s.tokens, 3 * in}, rows: rowsOf(x),
		wanted: []bool{true, true, true}}
	o.run = func(dst []float32, v [][]float32) {
		n := s.first[s.batch]
		ops.LinearPicked(dst[:n*3*in], v[0][:n*in], v[1], v[2], s.picked, n, in, 3*in, in)
	}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		part := func(name string, of *G.Node, f func(d, dy, x, w []float32, n int)) *G.Node {
			return apply(&op{name: name, shape: of.Shape(), rows: rowsOf(of),
				run: func(d []float32, v [][]float32) {
					n := s.first[s.batch]
					f(d, v[0][:n*3*in], v[1][:n*in], v[2], n)
				}}, grad, x, w)
		}
		grads := make(G.Nodes, 3)
		if o.wanted[0] {
			grads[0] = part("Linear dx", x, func(dx, dy, x, w []float32, n int) {
				ops.LinearPickedGrad(dx[:n*in], nil, nil, dy, x, w, s.picked, n, in, 3*in, in)
			})
		}
		if o.wanted[1] {
			grads[1] = part("Linear dw", w, func(dw, dy, x, w []float32, n int) {
				ops.LinearPickedGrad(nil, dw, nil, dy, x, w, s.picked, n, in, 3*in, in)
			})
		}
		if o.wanted[2] {
			grads[2] = part("Linear db", b, func(db, dy, x, w []float32, n int) {
				ops.LinearPickedGrad(nil, nil, db, dy, x, w, s.picked, n, in, 3*in, in)
			})
		}
		return grads
	}
	return apply(o, x, w, b)
}

// attend is Attention of the row that stands for each sequence, which sees all of it.
//
//	qkv [B, T, 3·width]
//	    [B, width]
func (s *sequences) attend(qkv *G.Node, heads int) *G.Node {
	width := last(qkv) / 3
	h := s.heads(width, heads, false)
	probs := make([]float32, s.batch*heads*s.tokens)
	o := &op{name: "Attention", shape: []int{s.batch, width}, wanted: []bool{true},
		run: func(dst []float32, v [][]float32) {
			n := s.first[s.batch] * 3 * width
			ops.AttentionPicked(dst, probs, v[0][:n], s.first, s.picked, h)
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		return G.Nodes{apply(&op{name: "Attention dqkv", shape: qkv.Shape(), rows: rowsOf(qkv),
			run: func(dqkv []float32, v [][]float32) {
				n := s.first[s.batch] * 3 * width
				ops.AttentionPickedGrad(dqkv[:n], v[0], v[1][:n], probs, s.first, s.picked, h)
			}}, grad, qkv)}
	}
	return apply(o, qkv)
}
