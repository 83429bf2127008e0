package plain

// EmbeddingAt is Embedding of sequences of any length: dst[i] = table[ids[i]] + positions[at[i]].
// Both gradients are EmbeddingGrad, by ids and by at.
//
//	dst       [rows, C]
//	ids, at   [rows]
//	table     [vocabulary, C]
//	positions [T, C]
func EmbeddingAt[F Float](dst []F, ids, at []int, table, positions []F, width int) {
	for i, id := range ids {
		for c := range width {
			dst[i*width+c] = table[id*width+c] + positions[at[i]*width+c]
		}
	}
}

// AttentionRagged is Attention of sequences of different length, one after another: sequence b is
// rows first[b] to first[b+1]−1, h.Tokens at most. Of probs each sequence has its share, and uses
// the beginning.
//
//	dst   [rows, C]
//	probs [B, H, T, T]
//	qkv   [rows, 3·C]
//	first [B+1]
func AttentionRagged[F Float](dst, probs, qkv []F, first []int, h Heads) {
	h.sequences(first, func(one Heads, row, p int) {
		Attention(dst[row*h.Width:], probs[p:], qkv[row*3*h.Width:], one)
	})
}

// AttentionRaggedGrad is the gradient of AttentionRagged.
//
//	dqkv [rows, 3·C]
//	dy   [rows, C]
func AttentionRaggedGrad[F Float](dqkv, dy, qkv, probs []F, first []int, h Heads) {
	h.sequences(first, func(one Heads, row, p int) {
		n := one.Tokens * 3 * h.Width
		AttentionGrad(dqkv[row*3*h.Width:][:n], dy[row*h.Width:], qkv[row*3*h.Width:], probs[p:], one)
	})
}

// sequences calls f for each sequence with its shape, its first row and where its probabilities
// start.
func (h Heads) sequences(first []int, f func(one Heads, row, probs int)) {
	for b := range h.Batch {
		one := h
		one.Batch, one.Tokens = 1, first[b+1]-first[b]
		f(one, first[b], b*h.Heads*h.Tokens*h.Tokens)
	}
}
