package ops

import (
	"fmt"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/ops/plain"
)

// In the last block of a tower one token of a sequence goes on: no other needs a query.

// LinearPicked is Linear, of whose outputs those before `queries` are of picked rows only; those
// of other rows are left as they are.
//
//	dst    [rows, out]
//	x      [rows, in]
//	w      [out, in]
//	bias   [out]
//	picked rows, each once
func LinearPicked(dst, x, w, bias []float32, picked []int, rows, in, out, queries int) {
	checkPicked("LinearPicked", x, w, picked, rows, in, out, queries)
	need("LinearPicked", "dst", dst, rows, out)
	need("LinearPicked", "bias", bias, out)
	e, ok := engine.(*blocked)
	if !ok || len(dst) == 0 {
		plain.LinearPicked(dst, x, w, bias, picked, rows, in, out, queries)
		return
	}
	if queries < out {
		e.gemm(source{dst[queries:], out}, view{x, in, 1}, view{w[queries*in:], 1, in}, rows,
			out-queries, in, source{bias[queries:], 0})
	}
	s, n := borrow(), len(picked)
	some, y := grow(&s.a, n*in), grow(&s.b, n*queries)
	plain.Rows(some, x, picked, 0, in)
	e.gemm(source{y, queries}, view{some, in, 1}, view{w, 1, in}, n, queries, in, source{bias, 0})
	for i, r := range picked {
		copy(dst[r*out:], y[i*queries:(i+1)*queries])
	}
	scratches.Put(s)
}

// LinearPickedGrad is the gradient of LinearPicked. What of dy no output stands for is not read;
// what is nil is not computed.
//
//	dx [rows, in], dw [out, in], dbias [out]
//	dy [rows, out]
func LinearPickedGrad(dx, dw, dbias, dy, x, w []float32, picked []int, rows, in, out,
	queries int) {
	checkPicked("LinearPickedGrad", x, w, picked, rows, in, out, queries)
	need("LinearPickedGrad", "dy", dy, rows, out)
	may("LinearPickedGrad", "dx", dx, rows, in)
	may("LinearPickedGrad", "dw", dw, out, in)
	may("LinearPickedGrad", "dbias", dbias, out)
	e, ok := engine.(*blocked)
	if !ok || len(dy) == 0 || in == 0 {
		plain.LinearPickedGrad(dx, dw, dbias, dy, x, w, picked, rows, in, out, queries)
		return
	}
	s, n := borrow(), len(picked)
	dq := grow(&s.a, n*queries)
	for i, r := range picked {
		copy(dq[i*queries:(i+1)*queries], dy[r*out:])
	}
	if dx != nil {
		e.pickedInputGrad(dx, dy, dq, w, picked, rows, in, out, queries, s)
	}
	if dw != nil {
		some := grow(&s.b, n*in)
		plain.Rows(some, x, picked, 0, in)
		e.gemm(source{dw, in}, view{dq, 1, queries}, view{some, in, 1}, queries, in, n, source{})
		if queries < out {
			e.gemm(source{dw[queries*in:], in}, view{dy[queries:], 1, out}, view{x, in, 1},
				out-queries, in, rows, source{})
		}
	}
	if dbias != nil {
		e.ColumnSums(dbias[:queries], dq, n, queries)
		e.columnSums(dbias[queries:], view{dy[queries:], out, 1}, rows)
	}
	scratches.Put(s)
}

func (e *blocked) pickedInputGrad(dx, dy, dq, w []float32, picked []int, rows, in, out,
	queries int, s *scratch) {
	if queries < out {
		e.gemm(source{dx, in}, view{dy[queries:], out, 1}, view{w[queries*in:], in, 1}, rows, in,
			out-queries, source{})
	} else {
		clear(dx)
	}
	more := grow(&s.b, len(picked)*in)
	e.gemm(source{more, in}, view{dq, queries, 1}, view{w, in, 1}, len(picked), in, queries,
		source{})
	for i, r := range picked {
		e.Set.Add(&dx[r*in], &dx[r*in], &more[i*in], in)
	}
}

func checkPicked(op string, x, w []float32, picked []int, rows, in, out, queries int) {
	need(op, "x", x, rows, in)
	need(op, "w", w, out, in)
	numbers(op, "picked rows", picked, len(picked), rows)
	if queries < 0 || queries > out {
		panic(fmt.Sprintf("ops: %s: %d queries among %d outputs", op, queries, out))
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
func AttentionPicked(dst, probs, qkv []float32, first, picked []int, h Heads) {
	rows := checkRagged("AttentionPicked", qkv, first, h)
	numbers("AttentionPicked", "picked rows", picked, h.Batch, rows)
	need("AttentionPicked", "dst", dst, h.Batch, h.Width)
	need("AttentionPicked", "probs", probs, h.Batch, h.Heads, h.Tokens)
	if e, ok := engine.(*blocked); ok && len(dst) > 0 {
		queriesWork{e, h, dst, probs, qkv, nil, first, picked}.share()
		return
	}
	plain.AttentionPicked(dst, probs, qkv, first, picked, h)
}

// AttentionPickedGrad is the gradient of AttentionPicked; that by queries which it does not read
// is left as it is.
//
//	dqkv [rows, 3·C]
//	dy   [B, C]
func AttentionPickedGrad(dqkv, dy, qkv, probs []float32, first, picked []int, h Heads) {
	rows := checkRagged("AttentionPickedGrad", qkv, first, h)
	numbers("AttentionPickedGrad", "picked rows", picked, h.Batch, rows)
	need("AttentionPickedGrad", "dqkv", dqkv, rows, 3, h.Width)
	need("AttentionPickedGrad", "dy", dy, h.Batch, h.Width)
	need("AttentionPickedGrad", "probs", probs, h.Batch, h.Heads, h.Tokens)
	if e, ok := engine.(*blocked); ok && len(dy) > 0 {
		queriesWork{e, h, dqkv, probs, qkv, dy, first, picked}.share()
		return
	}
	plain.AttentionPickedGrad(dqkv, dy, qkv, probs, first, picked, h)
}

// queriesWork is an attention of one token a sequence, each sequence a task.
type queriesWork struct {
	*blocked
	Heads
	dst, probs, qkv []float32
	dy              []float32 // of the gradient, which goes to dst
	first, picked   []int
}

var queriesWorks = sync.Pool{New: func() any { return new(queriesWork) }}

func (w queriesWork) share() {
	job := queriesWorks.Get().(*queriesWork)
	*job = w
	share(w.Batch, cores.Count(), job)
	*job = queriesWork{}
	queriesWorks.Put(job)
}

func (w *queriesWork) run(b int, s *scratch) {
	d, stride := w.Width/w.Heads.Heads, 3*w.Width
	lo, n := w.first[b], w.first[b+1]-w.first[b]
	for head := range w.Heads.Heads {
		at := head * d
		q, p := w.picked[b]*stride+at, w.probs[(b*w.Heads.Heads+head)*w.Tokens:][:n]
		k, v := lo*stride+w.Width+at, lo*stride+2*w.Width+at
		if w.dy == nil {
			w.forward(w.dst[b*w.Width+at:][:d], p, q, k, v)
		} else {
			w.backward(w.dy[b*w.Width+at:][:d], p, grow(&s.a, n), q, k, v)
		}
	}
}

// forward and backward take where the head's query, keys and values start.
func (w *queriesWork) forward(dst, p []float32, q, k, v int) {
	d, stride := len(dst), 3*w.Width
	for u := range p {
		p[u] = w.Dot(&w.qkv[q], &w.qkv[k+u*stride], d)
	}
	w.SoftmaxRow(&p[0], &p[0], float32(w.Heads.Scale()), len(p))
	clear(dst)
	for u, weight := range p {
		w.Axpy(&dst[0], &w.qkv[v+u*stride], weight, d)
	}
}

func (w *queriesWork) backward(dy, p, ds []float32, q, k, v int) {
	d, stride := len(dy), 3*w.Width
	for u := range p {
		ds[u] = w.Dot(&dy[0], &w.qkv[v+u*stride], d)
		w.Set.Scale(&w.dst[v+u*stride], &dy[0], p[u], d)
	}
	w.SoftmaxGradRow(&ds[0], &ds[0], &p[0], float32(w.Heads.Scale()), len(p))
	dq := w.dst[q : q+d]
	clear(dq)
	for u, g := range ds {
		w.Axpy(&dq[0], &w.qkv[k+u*stride], g, d)
		w.Set.Scale(&w.dst[k+u*stride], &w.qkv[q], g, d)
	}
}
