package plain

import "slices"

// In the last block of a tower one token of a sequence goes on: no other needs a query.

// LinearPicked is Linear, of whose outputs those before `queries` are of picked rows only; those
// of other rows are left as they are.
//
//	dst    [rows, out]
//	x      [rows, in]
//	w      [out, in]
//	bias   [out]
//	picked rows, each once
func LinearPicked[F Float](dst, x, w, bias []F, picked []int, rows, in, out, queries int) {
	all := make([]F, rows*out)
	Linear(all, x, w, bias, nil, rows, in, out)
	for r := range rows {
		copy(dst[r*out+queries:(r+1)*out], all[r*out+queries:])
	}
	for _, r := range picked {
		copy(dst[r*out:r*out+queries], all[r*out:])
	}
}

// LinearPickedGrad is the gradient of LinearPicked. What of dy no output stands for is not read;
// what is nil is not computed.
//
//	dx [rows, in], dw [out, in], dbias [out]
//	dy [rows, out]
func LinearPickedGrad[F Float](dx, dw, dbias, dy, x, w []F, picked []int, rows, in, out,
	queries int) {
	clear(dx)
	clear(dw)
	clear(dbias)
	for r := range rows {
		from := queries
		if slices.Contains(picked, r) {
			from = 0
		}
		for o := from; o < out; o++ {
			g := dy[r*out+o]
			for i := range in {
				if dx != nil {
					dx[r*in+i] += g * w[o*in+i]
				}
				if dw != nil {
					dw[o*in+i] += g * x[r*in+i]
				}
			}
			if dbias != nil {
				dbias[o] += g
			}
		}
	}
}

// AttentionPicked is Attention of one token of each sequence, row picked[b], which sees all of its
// sequence: rows first[b] to first[b+1]−1.
//
//	dst    [B, C]
//	probs  [B, H, T]   each sequence uses the beginning of its share
//	qkv    [rows, 3·C]
//	first  [B+1]
//	picked [B]
func AttentionPicked[F Float](dst, probs, qkv []F, first, picked []int, h Heads) {
	d, stride := h.Width/h.Heads, 3*h.Width
	clear(dst)
	h.queries(first, func(b, at, p, n int) {
		row, k := probs[p:][:n], first[b]*stride+h.Width+at
		clear(row)
		for u := range row {
			for i := range d {
				row[u] += qkv[picked[b]*stride+at+i] * qkv[k+u*stride+i]
			}
		}
		softmaxRow(row, row, F(h.Scale()))
		for u, weight := range row {
			for i := range d {
				dst[b*h.Width+at+i] += weight * qkv[k+h.Width+u*stride+i]
			}
		}
	})
}

// AttentionPickedGrad is the gradient of AttentionPicked; that by queries which it does not read
// is left as it is.
//
//	dqkv [rows, 3·C]
//	dy   [B, C]
func AttentionPickedGrad[F Float](dqkv, dy, qkv, probs []F, first, picked []int, h Heads) {
	d, stride := h.Width/h.Heads, 3*h.Width
	ds := make([]F, h.Tokens)
	h.queries(first, func(b, at, p, n int) {
		q, k := picked[b]*stride+at, first[b]*stride+h.Width+at
		for u := range n {
			ds[u] = 0
			for i, g := range dy[b*h.Width+at:][:d] {
				ds[u] += g * qkv[k+h.Width+u*stride+i]
				dqkv[k+h.Width+u*stride+i] = probs[p+u] * g
			}
		}
		SoftmaxGrad(ds[:n], ds[:n], probs[p:p+n], F(h.Scale()), 1, n)
		for i := range d {
			var sum F
			for u, g := range ds[:n] {
				sum += g * qkv[k+u*stride+i]
				dqkv[k+u*stride+i] = g * qkv[q+i]
			}
			dqkv[q+i] = sum
		}
	})
}

// queries calls f for each sequence and head: where the head starts in a row, where its
// probabilities do, and how many there are.
func (h Heads) queries(first []int, f func(b, at, probs, n int)) {
	for b := range h.Batch {
		for head := range h.Heads {
			f(b, head*h.Width/h.Heads, (b*h.Heads+head)*h.Tokens, first[b+1]-first[b])
		}
	}
}
