package ops

// Attention takes one head of one sequence per task: two small products and a softmax.
func (e *blocked) Attention(dst, probs, qkv []float32, h Heads) {
	d, t, stride := h.Width/h.Heads, h.Tokens, 3*h.Width
	tasks(h.Batch*h.Heads, func(i int, s *scratch) {
		q, k, v := headViews(qkv, h, i)
		var p []float32
		if probs != nil {
			p = probs[i*t*t : (i+1)*t*t]
		} else {
			p = grow(&s.d, t*t)
		}
		e.serial(p, t, q, view{k.data, 1, stride}, t, t, d, s)
		for r := range t {
			n := h.Visible(r)
			e.SoftmaxRow(&p[r*t], &p[r*t], float32(h.Scale()), n)
			clear(p[r*t+n : (r+1)*t])
		}
		e.serial(dst[headOffset(h, i):], h.Width, view{p, t, 1}, v, t, d, t, s)
	})
}

// AttentionGrad: dV = Pᵀ·dy; dP = dy·Vᵀ, dS its softmax gradient; dQ = dS·K, dK = dSᵀ·Q, the
// 1/√d being in dS already.
func (e *blocked) AttentionGrad(dqkv, dy, qkv, probs []float32, h Heads) {
	d, t, stride := h.Width/h.Heads, h.Tokens, 3*h.Width
	tasks(h.Batch*h.Heads, func(i int, s *scratch) {
		q, k, v := headViews(qkv, h, i)
		dq, dk, dv := headViews(dqkv, h, i)
		p := probs[i*t*t : (i+1)*t*t]
		grad := view{dy[headOffset(h, i):], h.Width, 1}
		e.serial(dv.data, stride, view{p, 1, t}, grad, t, d, t, s)
		ds := grow(&s.d, t*t)
		e.serial(ds, t, grad, view{v.data, 1, stride}, t, t, d, s)
		for r := range t {
			n := h.Visible(r)
			e.SoftmaxGradRow(&ds[r*t], &ds[r*t], &p[r*t], float32(h.Scale()), n)
			clear(ds[r*t+n : (r+1)*t])
		}
		e.serial(dq.data, stride, view{ds, t, 1}, k, t, d, t, s)
		e.serial(dk.data, stride, view{ds, 1, t}, q, t, d, t, s)
	})
}

// headViews are queries, keys and values [T, d] of task i within the packed array.
func headViews(qkv []float32, h Heads, i int) (q, k, v view) {
	at := i/h.Heads*h.Tokens*3*h.Width + i%h.Heads*(h.Width/h.Heads)
	part := func(at int) view { return view{qkv[at:], 3 * h.Width, 1} }
	return part(at), part(at + h.Width), part(at + 2*h.Width)
}

// headOffset is where the output of task i starts in [B, T, C].
func headOffset(h Heads, i int) int {
	return i/h.Heads*h.Tokens*h.Width + i%h.Heads*(h.Width/h.Heads)
}
