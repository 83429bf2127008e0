package ops

import (
	"fmt"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/ops/plain"
)

// EmbeddingAt is Embedding of sequences of any length: dst[i] = table[ids[i]] + positions[at[i]].
// Both gradients are EmbeddingGrad, by ids and by at.
//
//	dst       [rows, C]
//	ids, at   [rows]
//	table     [vocabulary, C]
//	positions [T, C]
func EmbeddingAt(dst []float32, ids, at []int, table, positions []float32, width int) {
	need("EmbeddingAt", "dst", dst, len(ids), width)
	whole("EmbeddingAt", "size of table", len(table), width)
	whole("EmbeddingAt", "size of positions", len(positions), width)
	numbers("EmbeddingAt", "ids", ids, len(ids), len(table)/width)
	numbers("EmbeddingAt", "positions", at, len(ids), len(positions)/width)
	e, ok := engine.(*blocked)
	if !ok {
		plain.EmbeddingAt(dst, ids, at, table, positions, width)
		return
	}
	rowSpans(len(ids), width, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			e.Set.Add(&dst[i*width], &table[ids[i]*width], &positions[at[i]*width], width)
		}
	})
}

// AttentionRagged is Attention of sequences of different length, one after another: sequence b is
// rows first[b] to first[b+1]−1, h.Tokens at most. Of probs each sequence has its share, and uses
// the beginning.
//
//	dst   [rows, C]
//	probs [B, H, T, T]
//	qkv   [rows, 3·C]
//	first [B+1]
func AttentionRagged(dst, probs, qkv []float32, first []int, h Heads) {
	rows := checkRagged("AttentionRagged", qkv, first, h)
	need("AttentionRagged", "dst", dst, rows, h.Width)
	need("AttentionRagged", "probs", probs, h.Batch, h.Heads, h.Tokens, h.Tokens)
	if e, ok := engine.(*blocked); ok && len(dst) > 0 {
		raggedWork{headsWork{blocked: e, Heads: h, dst: dst, probs: probs, qkv: qkv}, first}.share()
		return
	}
	plain.AttentionRagged(dst, probs, qkv, first, h)
}

// AttentionRaggedGrad is the gradient of AttentionRagged.
//
//	dqkv [rows, 3·C]
//	dy   [rows, C]
func AttentionRaggedGrad(dqkv, dy, qkv, probs []float32, first []int, h Heads) {
	rows := checkRagged("AttentionRaggedGrad", qkv, first, h)
	need("AttentionRaggedGrad", "probs", probs, h.Batch, h.Heads, h.Tokens, h.Tokens)
	need("AttentionRaggedGrad", "dqkv", dqkv, rows, 3, h.Width)
	need("AttentionRaggedGrad", "dy", dy, rows, h.Width)
	if e, ok := engine.(*blocked); ok && len(dy) > 0 {
		all := headsWork{blocked: e, Heads: h, dst: dqkv, dy: dy, probs: probs, qkv: qkv}
		raggedWork{all, first}.share()
		return
	}
	plain.AttentionRaggedGrad(dqkv, dy, qkv, probs, first, h)
}

// RowsAt picks rows: dst[i] = x[rows[i]].
//
//	dst [n, C]
//	x   [any, C]
func RowsAt(dst, x []float32, rows []int, width int) {
	checkRows("RowsAt", x, dst, rows, width)
	plain.Rows(dst, x, rows, 0, width)
}

// RowsAtGrad puts dy where RowsAt picked from, and zero elsewhere.
func RowsAtGrad(dx, dy []float32, rows []int, width int) {
	checkRows("RowsAtGrad", dx, dy, rows, width)
	plain.RowsGrad(dx, dy, rows, 0, width)
}

func checkRows(op string, all, some []float32, rows []int, width int) {
	whole(op, "size of x", len(all), width)
	need(op, "picked rows", some, len(rows), width)
	numbers(op, "rows", rows, len(rows), len(all)/width)
}

// checkRagged gives the number of rows.
func checkRagged(op string, qkv []float32, first []int, h Heads) int {
	whole(op, "width", h.Width, h.Heads)
	if len(first) != h.Batch+1 {
		panic(fmt.Sprintf("ops: %s: %d first rows for %d sequences, want one more", op, len(first),
			h.Batch))
	}
	for b, row := range first[1:] {
		if n := row - first[b]; n < 1 || n > h.Tokens || first[0] != 0 {
			panic(fmt.Sprintf("ops: %s: sequence %d has rows %d to %d, want 1 to %d of them", op, b,
				first[b], row-1, h.Tokens))
		}
	}
	rows := first[h.Batch]
	need(op, "qkv", qkv, rows, 3, h.Width)
	return rows
}

// raggedWork is an attention of sequences of different length, each head of each a task.
type raggedWork struct {
	headsWork
	first []int
}

var raggedWorks = sync.Pool{New: func() any { return new(raggedWork) }}

func (w raggedWork) share() {
	job := raggedWorks.Get().(*raggedWork)
	*job = w
	share(w.Batch*w.Heads.Heads, cores.Count(), job)
	*job = raggedWork{}
	raggedWorks.Put(job)
}

// run is task i, head i%Heads of sequence i/Heads: that head of a batch of one.
func (w *raggedWork) run(i int, s *scratch) {
	b := i / w.Heads.Heads
	row, to := w.first[b], w.Width
	if w.dy != nil {
		to = 3 * w.Width
	}
	job := headsWorks.Get().(*headsWork)
	*job = w.headsWork
	job.Batch, job.Tokens = 1, w.first[b+1]-row
	job.dst, job.qkv = w.dst[row*to:], w.qkv[row*3*w.Width:]
	job.probs = w.probs[b*w.Heads.Heads*w.Tokens*w.Tokens:]
	if w.dy != nil {
		job.dy = w.dy[row*w.Width:]
	}
	job.head(i%w.Heads.Heads, false, s)
	*job = headsWork{}
	headsWorks.Put(job)
}
