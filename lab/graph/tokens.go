package graph

import (
	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
)

// Embedding looks tokens up in a table and adds their positions.
//
//	tokens    [B, T]             ids, as float32
//	table     [vocabulary, width]
//	positions [≥ T, width]       the first T are used
//	          [B, T, width]
func Embedding(tokens, table, positions *G.Node) *G.Node {
	want("Embedding", "tokens", tokens, tokens.Dims() == 2)
	return embedding(tokens, table, positions,
		newTexts(tokens.Shape()[0], tokens.Shape()[1], false))
}

// embedding reads the texts, of whose nodes it is the first.
func embedding(tokens, table, positions *G.Node, texts *sequences) *G.Node {
	want("Embedding", "table", table, table.Dims() == 2)
	b, t, width := texts.batch, texts.tokens, last(table)
	want("Embedding", "positions", positions,
		positions.Dims() == 2 && positions.Shape()[0] >= t && last(positions) == width)
	o := &op{name: "Embedding", shape: []int{b, t, width}, wanted: []bool{false, true, true}}
	if texts.ragged {
		o.rows = texts
	}
	o.run = func(dst []float32, v [][]float32) {
		texts.read(v[0])
		ops.EmbeddingAt(dst[:len(texts.ids)*width], texts.ids, texts.at, v[1], v[2], width)
	}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 3)
		if o.wanted[1] {
			grads[1] = tableGrad("Embedding dtable", grad, table, &texts.ids)
		}
		if o.wanted[2] {
			grads[2] = tableGrad("Embedding dpositions", grad, positions, &texts.at)
		}
		return grads
	}
	return apply(o, tokens, table, positions)
}

// tableGrad adds up each row's gradients. Only rows of the last step are cleared: no others need
// it.
func tableGrad(name string, grad, table *G.Node, ids *[]int) *G.Node {
	width, dirty := last(table), make([]int, 0, cap(*ids))
	return apply(&op{name: name, shape: table.Shape(), run: func(dtable []float32, v [][]float32) {
		for _, id := range dirty {
			clear(dtable[id*width : (id+1)*width])
		}
		dirty = append(dirty[:0], *ids...)
		ops.EmbeddingGrad(dtable, v[0][:len(*ids)*width], *ids, width)
	}}, grad)
}

// PatchEmbedding cuts pictures into squares and maps each by one linear layer without bias: the
// convolution conv1, whose stride is its size. Pictures have no gradient.
//
//	images [B, 3, size, size]
//	w      [width, 3, patch, patch]
//	       [B, (size/patch)², width]
func PatchEmbedding(images, w *G.Node) *G.Node {
	s := images.Shape()
	want("PatchEmbedding", "images", images, len(s) == 4 && s[1] == 3 && s[2] == s[3])
	want("PatchEmbedding", "w", w, w.Dims() == 4 && w.Shape()[1] == 3 && w.Shape()[2] == w.Shape()[3])
	b, size, patch := s[0], s[2], w.Shape()[2]
	grid := size / patch
	cut := apply(&op{name: "Patches", shape: []int{b, grid * grid, 3 * patch * patch},
		wanted: []bool{false},
		run:    func(dst []float32, v [][]float32) { ops.Patches(dst, v[0], b, size, patch) }}, images)
	return linear(cut, w, nil, nil, nil, false)
}

// Sequence puts the class token before the patches and adds the positions.
//
//	patches   [B, P, width]
//	class     [width]
//	positions [1+P, width]
//	          [B, 1+P, width]
func Sequence(patches, class, positions *G.Node) *G.Node {
	want("Sequence", "patches", patches, patches.Dims() == 3)
	b, count, width := patches.Shape()[0], patches.Shape()[1], last(patches)
	want("Sequence", "class", class, class.Shape().TotalSize() == width)
	want("Sequence", "positions", positions, positions.Shape().TotalSize() == (1+count)*width)
	o := &op{name: "Sequence", shape: []int{b, 1 + count, width}, wanted: []bool{true, true, true},
		run: func(dst []float32, v [][]float32) {
			ops.Sequence(dst, v[0], v[1], v[2], b, count, width)
		}}
	o.grads = func(_ G.Nodes, _, grad *G.Node) G.Nodes {
		grads := make(G.Nodes, 3)
		if o.wanted[0] {
			grads[0] = apply(&op{name: "Sequence dpatches", shape: patches.Shape(),
				run: func(dx []float32, v [][]float32) {
					ops.SequenceGrad(dx, v[0], b, count, width)
				}}, grad)
		}
		if o.wanted[1] || o.wanted[2] {
			grads[2] = columnSums("Sequence dpositions", grad, positions.Shape())
		}
		if o.wanted[1] {
			grads[1] = apply(&op{name: "Sequence dclass", shape: class.Shape(),
				run: func(dst []float32, v [][]float32) { copy(dst, v[0]) }}, grads[2])
		}
		return grads
	}
	return apply(o, patches, class, positions)
}

// ClassToken is the first token of every sequence: [B, T, width] → [B, width].
func ClassToken(x *G.Node) *G.Node {
	want("ClassToken", "x", x, x.Dims() == 3)
	return newSequences(x.Shape()[0], x.Shape()[1]).pick("ClassToken", x, nil, true)
}

// EndOfText is the token of every text whose id is the largest.
//
//	x      [B, T, width]
//	tokens [B, T]  ids, as float32
//	       [B, width]
func EndOfText(x, tokens *G.Node) *G.Node {
	want("EndOfText", "x", x, x.Dims() == 3)
	want("EndOfText", "tokens", tokens, tokens.Shape().Eq(x.Shape()[:2]))
	return newTexts(x.Shape()[0], x.Shape()[1], false).pick("EndOfText", x, tokens, true)
}
