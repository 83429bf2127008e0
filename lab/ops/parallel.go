package ops

import (
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
)

// runner is a computation cut into numbered tasks. Every task writes places of its own and sums
// in an order of its own, so the result does not depend on who runs what.
type runner interface {
	run(i int, s *scratch)
}

// taskFunc is a runner that needs no state of its own.
type taskFunc func(i int, s *scratch)

func (f taskFunc) run(i int, s *scratch) { f(i, s) }

// crew are the goroutines on one computation, each taking the next task when it is free.
type crew struct {
	runner
	n    int
	next atomic.Int64
	done sync.WaitGroup
	help func() // c.work and done, made once: a go statement with it takes no memory
}

var crews = sync.Pool{New: func() any {
	c := new(crew)
	c.help = func() {
		c.work()
		c.done.Done()
	}
	return c
}}

func (c *crew) work() {
	s := borrow()
	for i := int(c.next.Add(1)) - 1; i < c.n; i = int(c.next.Add(1)) - 1 {
		c.run(i, s)
	}
	scratches.Put(s)
}

// tasks runs f(0) … f(n−1) on up to cores.Count goroutines, the caller among them.
func tasks(n int, f func(i int, s *scratch)) { share(n, cores.Count(), taskFunc(f)) }

// share runs tasks 0 … n−1 on up to that many goroutines. It takes no memory.
func share(n, workers int, r runner) {
	workers = min(workers, n)
	if workers <= 1 {
		s := borrow()
		for i := range n {
			r.run(i, s)
		}
		scratches.Put(s)
		return
	}
	c := crews.Get().(*crew)
	c.runner, c.n = r, n
	c.next.Store(0)
	c.done.Add(workers - 1)
	for range workers - 1 {
		go c.help()
	}
	c.work()
	c.done.Wait()
	c.runner = nil
	crews.Put(c)
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

// rowSpans splits rows so that a task touches about chunk numbers.
func rowSpans(rows, width int, f func(lo, hi int)) {
	spans(rows, rowsOfTask(width), f)
}

func rowsOfTask(width int) int { return max(1, chunk/max(1, width)) }

// scratch is working memory that a goroutine borrows; it grows to what was ever asked for.
type scratch struct {
	a, b, c, d []float32
	held       held
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// borrow is scratch that holds nothing.
func borrow() *scratch {
	s := scratches.Get().(*scratch)
	s.held.product = 0
	return s
}

// grow gives n numbers of unknown content, from *buf when it is large enough.
func grow(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = make([]float32, n+n/4)
	}
	return (*buf)[:n]
}
