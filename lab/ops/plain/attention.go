package plain

import "math"

// Heads is the shape of a multi-head attention. Width is that of all heads together.
type Heads struct {
	Batch, Tokens, Width, Heads int
	Causal                      bool // a token sees itself and those before it
}

// Scale is 1/√(width of a head), which keeps the products near 1.
func (h Heads) Scale() float64 { return 1 / math.Sqrt(float64(h.Width/h.Heads)) }

// Visible is how many tokens token t attends to.
func (h Heads) Visible(t int) int {
	if h.Causal {
		return t + 1
	}
	return h.Tokens
}

// Attention lets every token take a mean of the values, weighted by how its query meets the
// keys: dst = softmax(Q·Kᵀ/√d)·V per head. It keeps the probabilities for the gradient, unless
// probs is nil.
//
//	dst   [B, T, C]
//	probs [B, H, T, T]  zero where a token must not look
//	qkv   [B, T, 3·C]   queries, keys, values; each C is H heads side by side
//
// Vaswani et al. 2017, "Attention Is All You Need", equation 1.
func Attention[F Float](dst, probs, qkv []F, h Heads) {
	d := h.Width / h.Heads
	one := make([]F, h.Tokens)
	h.each(func(q, k, v, out, p int) {
		for t := range h.Tokens {
			row := one
			if probs != nil {
				row = probs[p+t*h.Tokens:][:h.Tokens]
			}
			clear(row)
			seen := row[:h.Visible(t)]
			for u := range seen {
				for i := range d {
					seen[u] += qkv[q+t*3*h.Width+i] * qkv[k+u*3*h.Width+i]
				}
			}
			softmaxRow(seen, seen, F(h.Scale()))
			for i := range d {
				var sum F
				for u, weight := range seen {
					sum += weight * qkv[v+u*3*h.Width+i]
				}
				dst[out+t*h.Width+i] = sum
			}
		}
	})
}

// AttentionProducts is dst = (Q·Kᵀ)·V per head, whatever h.Causal says.
//
//	dst [B, T, C]
//	qkv [B, T, 3·C]
func AttentionProducts[F Float](dst, qkv []F, h Heads) {
	d, n := h.Width/h.Heads, h.Tokens
	scores := make([]F, n*n)
	part := func(at, row int) []F { return qkv[at+row*3*h.Width:][:d] }
	h.each(func(q, k, v, out, _ int) {
		clear(scores)
		for t := range n {
			mixed := dst[out+t*h.Width:][:d]
			clear(mixed)
			for u := range n {
				for i, x := range part(q, t) {
					scores[t*n+u] += x * part(k, u)[i]
				}
				for i, x := range part(v, u) {
					mixed[i] += scores[t*n+u] * x
				}
			}
		}
	})
}

// AttentionGrad is the gradient by queries, keys and values, packed as they are:
//
//	dV = Pᵀ·dy, dP = dy·Vᵀ, dS = softmax gradient of dP, dQ = dS·K/√d, dK = dSᵀ·Q/√d
//
//	dqkv [B, T, 3·C]
//	dy   [B, T, C]
func AttentionGrad[F Float](dqkv, dy, qkv, probs []F, h Heads) {
	d, stride := h.Width/h.Heads, 3*h.Width
	clear(dqkv)
	ds := make([]F, h.Tokens)
	h.each(func(q, k, v, out, p int) {
		for t := range h.Tokens {
			n := h.Visible(t)
			row, grad := probs[p+t*h.Tokens:][:n], dy[out+t*h.Width:][:d]
			for u := range n {
				ds[u] = 0
				for i, g := range grad {
					ds[u] += g * qkv[v+u*stride+i]
					dqkv[v+u*stride+i] += row[u] * g
				}
			}
			SoftmaxGrad(ds[:n], ds[:n], row, F(h.Scale()), 1, n)
			for u := range n {
				for i := range d {
					dqkv[q+t*stride+i] += ds[u] * qkv[k+u*stride+i]
					dqkv[k+u*stride+i] += ds[u] * qkv[q+t*stride+i]
				}
			}
		}
	})
}

// each calls f for every head with where its queries, keys, values, output and probabilities
// start.
func (h Heads) each(f func(q, k, v, out, probs int)) {
	d := h.Width / h.Heads
	for b := range h.Batch {
		for head := range h.Heads {
			q := b*h.Tokens*3*h.Width + head*d
			f(q, q+h.Width, q+2*h.Width, b*h.Tokens*h.Width+head*d,
				(b*h.Heads+head)*h.Tokens*h.Tokens)
		}
	}
}
