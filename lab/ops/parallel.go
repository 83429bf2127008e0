package ops

import (
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
)

// tasks runs f(0) … f(n−1) on up to cores.Count goroutines, the caller among them, each taking
// the next number when it is free. Every task writes places of its own and sums in an order of
// its own, so the result does not depend on who runs what.
func tasks(n int, f func(i int, s *scratch)) {
	workers := min(cores.Count(), n)
	if workers <= 1 {
		s := scratches.Get().(*scratch)
		for i := range n {
			f(i, s)
		}
		scratches.Put(s)
		return
	}
	var next atomic.Int64
	var done sync.WaitGroup
	work := func() {
		s := scratches.Get().(*scratch)
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i, s)
		}
		scratches.Put(s)
	}
	for range workers - 1 {
		done.Add(1)
		go func() {
			work()
			done.Done()
		}()
	}
	work()
	done.Wait()
}

// spans splits 0..n into ranges of about size and runs f on each. Size should make a task of
// some 10 µs or more, against the 1 µs that handing it over costs.
func spans(n, size int, f func(lo, hi int)) {
	count := (n + size - 1) / size
	if count <= 1 {
		if n > 0 {
			f(0, n)
		}
		return
	}
	tasks(count, func(i int, _ *scratch) { f(i*size, min(n, (i+1)*size)) })
}

// rowSpans splits rows so that a task touches about 16 Ki numbers.
func rowSpans(rows, width int, f func(lo, hi int)) {
	spans(rows, max(1, (16<<10)/max(1, width)), f)
}

// scratch is working memory that a goroutine borrows; it grows to what was ever asked for.
type scratch struct {
	a, b, c, d []float32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// grow gives n numbers of unknown content, from *buf when it is large enough.
func grow(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = make([]float32, n+n/4)
	}
	return (*buf)[:n]
}
