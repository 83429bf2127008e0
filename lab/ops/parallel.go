package ops

import (
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
	"cliplab/lab/pages"
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
	n       int
	next    atomic.Int64
	helpers []*helper // to whom it was offered

	away  atomic.Int64  // helpers that took it and are not done, and whether the caller sleeps
	wake  chan struct{} // ends the caller's sleep
	fault atomic.Pointer[any]
}

// sleeps is added to crew.away by a caller that goes to sleep: the last helper finds it alone.
const sleeps = 1 << 32

var crews = sync.Pool{New: func() any { return &crew{wake: make(chan struct{}, 1)} }}

func (c *crew) work() {
	s := borrow()
	for i := int(c.next.Add(1)) - 1; i < c.n; i = int(c.next.Add(1)) - 1 {
		c.run(i, s)
	}
	scratches.Put(s)
}

// help is a helper's part. The first panic is kept for the caller.
func (c *crew) help() {
	defer func() {
		if p := recover(); p != nil {
			kept := p
			c.fault.CompareAndSwap(nil, &kept)
		}
	}()
	c.work()
}

// leave is the last that a helper does with a crew, which may be at other work right after.
func (c *crew) leave() {
	if c.away.Add(-1) == sleeps {
		c.wake <- struct{}{}
	}
}

// end withdraws what no helper has taken, and returns when the others are done.
func (c *crew) end() {
	taken := int64(0)
	for i, h := range c.helpers {
		if !h.post.CompareAndSwap(c, &watching) {
			taken++
		}
		c.helpers[i] = nil
	}
	c.helpers = c.helpers[:0]
	if taken == 0 || c.away.Add(taken) == 0 || watch(func() bool { return c.away.Load() == 0 }) {
		return
	}
	if c.away.Add(sleeps) != sleeps {
		<-c.wake
	}
	c.away.Add(-sleeps)
}

// tasks runs f(0) … f(n−1) on up to cores.Count goroutines, the caller among them.
func tasks(n int, f func(i int, s *scratch)) { share(n, cores.Count(), taskFunc(f)) }

// share runs tasks 0 … n−1 on up to that many goroutines. It takes no memory.
// A panic in a task is the caller's.
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
	c.enlist(workers - 1)
	defer c.dismiss() // also when a task of the caller panics: helpers write to the caller's memory
	c.work()
}

// dismiss ends a computation. A helper's panic becomes the caller's.
func (c *crew) dismiss() {
	c.end()
	fault := c.fault.Swap(nil)
	c.runner = nil
	crews.Put(c)
	if fault != nil {
		panic(*fault)
	}
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
	ahead      ahead
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
		*buf = pages.Floats(n + n/4)
	}
	return (*buf)[:n]
}
