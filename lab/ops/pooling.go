package ops

import "math"

// FirstAttends is attention pooling: one query for each picture asks all of its tokens,
// softmax(q·Kᵀ/√d)·V per head. probs keeps the softmax for the gradient.
//
//	dst, q       [B, C]
//	probs        [B, H, T]
//	keys, values [B, T, C]
//
// h.Causal must be false.
func FirstAttends(dst, probs, q, keys, values []float32, h Heads) {
	needPooling(h, "FirstAttends", dst, probs, q, keys, values)
	d := h.Width / h.Heads
	alpha := 1 / math.Sqrt(float64(d))
	spans(h.Batch, 1, func(b, _ int) {
		clear(dst[b*h.Width : (b+1)*h.Width])
		for head := range h.Heads {
			p := probs[(b*h.Heads+head)*h.Tokens:][:h.Tokens]
			query, to := q[b*h.Width+head*d:][:d], dst[b*h.Width+head*d:][:d]
			for t := range p {
				p[t] = dotOf(query, keys[(b*h.Tokens+t)*h.Width+head*d:][:d])
			}
			softmaxOf(p, alpha)
			for t, part := range p {
				for i, v := range values[(b*h.Tokens+t)*h.Width+head*d:][:d] {
					to[i] += float32(part * v) // not fused: all machines round alike
				}
			}
		}
	})
}

// FirstAttendsGrad is the gradient of FirstAttends.
//
//	dq, dy, q                    [B, C]
//	dkeys, dvalues, keys, values [B, T, C]
func FirstAttendsGrad(dq, dkeys, dvalues, dy, q, keys, values, probs []float32, h Heads) {
	needPooling(h, "FirstAttendsGrad", dy, probs, q, keys, values)
	needPooling(h, "FirstAttendsGrad", dy, probs, dq, dkeys, dvalues)
	d := h.Width / h.Heads
	alpha := float32(1 / math.Sqrt(float64(d)))
	spans(h.Batch, 1, func(b, _ int) {
		s := borrow()
		ds := grow(&s.a, h.Tokens)
		clear(dq[b*h.Width : (b+1)*h.Width])
		for head := range h.Heads {
			at, p := b*h.Width+head*d, probs[(b*h.Heads+head)*h.Tokens:][:h.Tokens]
			up, query, to := dy[at:][:d], q[at:][:d], dq[at:][:d]
			var along float64 // Σ p·dp
			for t, part := range p {
				ds[t] = dotOf(up, values[(b*h.Tokens+t)*h.Width+head*d:][:d])
				along += float64(part) * float64(ds[t])
			}
			for t, part := range p {
				row := (b*h.Tokens+t)*h.Width + head*d
				slope := float32(part*(ds[t]-float32(along))) * alpha
				key, dkey, dvalue := keys[row:][:d], dkeys[row:][:d], dvalues[row:][:d]
				for i := range query {
					dvalue[i], dkey[i] = part*up[i], slope*query[i]
					to[i] += float32(slope * key[i])
				}
			}
		}
		scratches.Put(s)
	})
}

func needPooling(h Heads, op string, one, probs, q, keys, values []float32) {
	whole(op, "width", h.Width, h.Heads)
	need(op, "dst", one, h.Batch, h.Width)
	need(op, "probs", probs, h.Batch, h.Heads, h.Tokens)
	need(op, "q", q, h.Batch, h.Width)
	need(op, "keys", keys, h.Batch, h.Tokens, h.Width)
	need(op, "values", values, h.Batch, h.Tokens, h.Width)
}

// softmaxOf turns z into exp(α(zᵢ − max z)) / Σⱼ exp(α(zⱼ − max z)), in place.
func softmaxOf(z []float32, alpha float64) {
	top, sum := z[0], 0.
	for _, x := range z {
		top = max(top, x)
	}
	for _, x := range z {
		sum += math.Exp(alpha * float64(x-top))
	}
	for i, x := range z {
		z[i] = float32(math.Exp(alpha*float64(x-top)) / sum)
	}
}

// dotOf sums in float64, where every product is exact.
func dotOf(a, b []float32) float32 {
	var sum float64
	b = b[:len(a)]
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return float32(sum)
}
