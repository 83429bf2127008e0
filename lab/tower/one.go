package tower

import (
	"math"
	"slices"
)

// attendOne is dst = softmax(q·Kᵀ/√d)·V for every head, of one query for each sequence, which
// sees all of it. probs keeps the softmax of sequences of one length, unless it is nil.
//
//	dst, q       [B, C]
//	probs        [B, H, T]
//	keys, values [rows, C]  stride apart
func (w *work) attendOne(dst, probs, q, keys, values []float32, stride int, s sequences) {
	d := s.width / s.heads
	alpha := 1 / math.Sqrt(float64(d))
	clear(dst)
	for b := range s.picks {
		first, seen := s.starts[b], s.starts[b+1]-s.starts[b]
		scores := grow(&w.scores, seen)
		for head := range s.heads {
			at := head * d
			query, to := q[b*s.width+at:][:d], dst[b*s.width+at:][:d]
			for t := range scores {
				scores[t] = dot(query, keys[(first+t)*stride+at:][:d])
			}
			softmax(scores, alpha)
			if probs != nil {
				copy(probs[(b*s.heads+head)*seen:], scores)
			}
			for t, p := range scores {
				for i, v := range values[(first+t)*stride+at:][:d] {
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
