package ops

import (
	"sync"

	"cliplab/lab/cores"
)

// headsWork is an attention, forward or backward, cut into tasks: some heads each, one after
// another. Head i%Heads of sequence i/Heads is number i.
type headsWork struct {
	*blocked
	Heads
	dst, probs, qkv []float32
	dy              []float32 // of the gradient, which goes to dst
	bare            bool      // no softmax between the products
	each            int       // heads of a task
}

var headsWorks = sync.Pool{New: func() any { return new(headsWork) }}

func (w headsWork) share() {
	job := headsWorks.Get().(*headsWork)
	*job = w
	all, workers := w.Batch*w.Heads.Heads, cores.Count()
	job.each = max(1, all/(8*workers))
	share(ceil(all, job.each), workers, job)
	*job = headsWork{}
	headsWorks.Put(job)
}

// Attention keeps nothing between the products but the rows of a tile.
func (e *blocked) Attention(dst, probs, qkv []float32, h Heads) {
	headsWork{blocked: e, Heads: h, dst: dst, probs: probs, qkv: qkv}.share()
}

// AttentionProducts is Attention that leaves the softmax out.
func (e *blocked) AttentionProducts(dst, qkv []float32, h Heads) {
	h.Causal = false
	headsWork{blocked: e, Heads: h, dst: dst, qkv: qkv, bare: true}.share()
}

// AttentionGrad: dV = Pᵀ·dy; dP = dy·Vᵀ, dS its softmax gradient; dQ = dS·K, dK = dSᵀ·Q, the
// 1/√d being in dS already.
func (e *blocked) AttentionGrad(dqkv, dy, qkv, probs []float32, h Heads) {
	headsWork{blocked: e, Heads: h, dst: dqkv, dy: dy, probs: probs, qkv: qkv}.share()
}

// run is task i.
func (w *headsWork) run(i int, s *scratch) {
	for head, end := i*w.each, min((i+1)*w.each, w.Batch*w.Heads.Heads); head < end; head++ {
		w.head(head, head+1 < end, s)
	}
}

// head is one head; more says that the next one follows. What the forward pass reads the machine
// foresees by itself, unless rows collide.
func (w *headsWork) head(i int, more bool, s *scratch) {
	var next *ahead
	if more && (w.dy != nil || collide(3*w.Width)) {
		next = &s.ahead
		w.ahead(next, i+1)
	}
	if w.dy == nil {
		w.forward(i, next, s)
	} else {
		w.backward(i, next, s)
	}
}

func (w *headsWork) forward(i int, next *ahead, s *scratch) {
	d, t := w.Width/w.Heads.Heads, w.Tokens
	q, k, v := headViews(w.qkv, w.Heads, i)
	keys, values := w.turned(k, t, d, &s.b), w.straight(v, d, t, &s.d)
	dst, high, lds := w.dst[headOffset(w.Heads, i):], w.tileHigh(), w.scoreStride()
	work, scale := grow(&s.a, high*(lds+d)), float32(w.Heads.Scale())
	more := w.seen(0, 2) - w.seen(0, 1) // what a row sees more than the one before
	scores := work[:high*lds]
	for r := 0; r < t; r += high {
		rows := min(high, t-r)
		seen := w.seen(r, rows)
		queries := view{q.data[r*q.rs:], q.rs, 1}
		if collide(q.rs) {
			queries = view{work[high*lds:], d, 1}
			for j := range rows {
				copy(queries.data[j*d:(j+1)*d], q.data[(r+j)*q.rs:])
			}
		}
		_, _, columns := w.cover(seen)
		w.tile(rows, d, queries.data, queries.rs, 1, keys, scores, lds, columns, fetches{}, s)
		if !w.bare {
			w.SoftmaxTile(&scores[0], lds, scale, rows, w.Heads.Visible(r), more, ceil(seen, 16)*16)
		}
		for j := range rows {
			if w.probs != nil {
				to := w.probs[(i*t+r+j)*t:][:t]
				clear(to[copy(to, scores[j*lds:j*lds+seen]):])
			}
		}
		w.tile(rows, seen, scores, lds, 1, values, dst[r*w.Width:], w.Width, d, fetches{true, next}, s)
	}
}

func (w *headsWork) backward(i int, next *ahead, s *scratch) {
	d, t, stride := w.Width/w.Heads.Heads, w.Tokens, 3*w.Width
	q, k, v := headViews(w.qkv, w.Heads, i)
	dq, dk, dv := headViews(w.dst, w.Heads, i)
	dy := view{w.dy[headOffset(w.Heads, i):], w.Width, 1}
	p := w.probs[i*t*t : (i+1)*t*t]
	high, lds := w.tileHigh(), w.scoreStride()
	ds, scale := grow(&s.a, t*lds), float32(w.Heads.Scale())
	values, keys := w.turned(v, t, d, &s.b), w.straight(k, d, t, &s.d)
	for r := 0; r < t; r += high {
		rows := min(high, t-r)
		seen := w.seen(r, rows)
		_, _, columns := w.cover(seen)
		w.tile(rows, d, dy.data[r*dy.rs:], dy.rs, 1, values, ds[r*lds:], lds, columns, fetches{}, s)
		for j := r; j < r+rows; j++ {
			row, n := ds[j*lds:(j+1)*lds], w.Heads.Visible(j)
			w.SoftmaxGradRow(&row[0], &row[0], &p[j*t], scale, n)
			clear(row[n:])
		}
		w.tile(rows, seen, ds[r*lds:], lds, 1, keys, dq.data[r*stride:], stride, d,
			fetches{true, next}, s)
	}
	w.across(dv.data, p, t, w.straight(dy, d, t, &s.b), next, s)
	w.across(dk.data, ds, lds, w.straight(q, d, t, &s.d), next, s)
}

// across is dst = Aᵀ·B for A [T, T] in rows of lda: of every token what those that see it give.
func (w *headsWork) across(dst, a []float32, lda int, b right, next *ahead, s *scratch) {
	high, stride := w.tileHigh(), 3*w.Width
	for r := 0; r < w.Tokens; r += high {
		first := 0
		if w.Causal {
			first = r
		}
		from := b
		from.data = b.data[first*b.step:]
		w.tile(min(high, w.Tokens-r), w.Tokens-first, a[first*lda+r:], 1, lda, from,
			dst[r*stride:], stride, w.Width/w.Heads.Heads, fetches{true, next}, s)
	}
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
