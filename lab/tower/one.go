package tower

import (
	"math"
	"slices"

	"cliplab/lab/ops"
)

// attendOne is dst = softmax(q·Kᵀ/√d)·V for every head, of one query for each sequence. A query
// sees all tokens, or with h.Causal those up to its own, at index.
//
//	dst, q       [B, C]
//	keys, values [B, T, C]  rows are stride apart
func (w *work) attendOne(dst, q, keys, values []float32, stride int, h ops.Heads, index []int) {
	d := h.Width / h.Heads
	scores := grow(&w.scores, h.Tokens)
	clear(dst)
	for b := range h.Batch {
		seen := h.Tokens
		if h.Causal {
			seen = index[b] + 1
		}
		for head := range h.Heads {
			at := head * d
			query, to := q[b*h.Width+at:][:d], dst[b*h.Width+at:][:d]
			for t := range seen {
				scores[t] = dot(query, keys[(b*h.Tokens+t)*stride+at:][:d])
			}
			softmax(scores[:seen], h.Scale())
			for t := range seen {
				p := scores[t]
				for i, v := range values[(b*h.Tokens+t)*stride+at:][:d] {
					to[i] += float32(p * v) // not fused: all machines round alike
				}
			}
		}
	}
}

// softmax turns z into exp(α(zᵢ − max z)) / Σⱼ exp(α(zⱼ − max z)), in place.
func softmax(z []float32, alpha float64) {
	top, sum := slices.Max(z), 0.
	for _, x := range z {
		sum += math.Exp(alpha * float64(x-top))
	}
	for i, x := range z {
		z[i] = float32(math.Exp(alpha*float64(x-top)) / sum)
	}
}

// dot sums in four parts, which is quicker and rounds less than one.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float32(a[i] * b[i])
		s1 += float32(a[i+1] * b[i+1])
		s2 += float32(a[i+2] * b[i+2])
		s3 += float32(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float32(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
