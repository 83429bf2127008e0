package ops

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// helper is a goroutine that computes for those who share work. When it is done it watches for
// the next work for a while before it sleeps: a network is a long row of short products, and to
// wake a sleeping thread takes longer than the pause between two of them.
type helper struct {
	state atomic.Int32
	crew  atomic.Pointer[crew] // what it works on; it is the helper who sets it to nil
	wake  chan struct{}        // ends its sleep

	caller atomic.Int32  // callerSleeps: who took the helper is to be woken at the end
	done   chan struct{} // wakes the caller
}

// States of a helper. Who takes it sets it back to watching, once the work is done.
const (
	watching int32 = iota
	asleep
	taken
)

// States of the caller.
const (
	callerAwake int32 = iota
	callerSleeps
	callerWoken
)

// patience is how long a helper watches for work, and a caller for its helpers.
const patience = 150 * time.Microsecond

var helpers struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*helper]
}

// enlist takes up to n helpers that are free. Where others compute, there may be none.
func (c *crew) enlist(n int) {
	list := helpers.list.Load()
	if list == nil || len(*list) < n {
		list = hire(n)
	}
	for _, h := range *list {
		if len(c.helpers) == n {
			return
		}
		if h.take(c) {
			c.helpers = append(c.helpers, h)
		}
	}
}

// hire makes helpers until there are n.
func hire(n int) *[]*helper {
	helpers.mu.Lock()
	defer helpers.mu.Unlock()
	var all []*helper
	if old := helpers.list.Load(); old != nil {
		all = append(all, *old...)
	}
	for len(all) < n {
		h := &helper{wake: make(chan struct{}, 1), done: make(chan struct{}, 1)}
		go h.live()
		all = append(all, h)
	}
	helpers.list.Store(&all)
	return &all
}

func (h *helper) take(c *crew) bool {
	switch {
	case h.state.CompareAndSwap(watching, taken):
		h.crew.Store(c)
	case h.state.CompareAndSwap(asleep, taken):
		h.crew.Store(c)
		h.wake <- struct{}{}
	default:
		return false
	}
	return true
}

func (h *helper) live() {
	for {
		h.next().work()
		h.crew.Store(nil)
		if h.caller.CompareAndSwap(callerSleeps, callerWoken) {
			h.done <- struct{}{}
		}
	}
}

// next watches for work, then sleeps until there is some.
func (h *helper) next() *crew {
	for {
		if watch(func() bool { return h.crew.Load() != nil }) {
			return h.crew.Load()
		}
		if h.state.CompareAndSwap(watching, asleep) {
			<-h.wake
			return h.crew.Load()
		}
		runtime.Gosched() // taken: the work will be here at once
	}
}

// wait returns when the helper is done, and sets it free.
func (h *helper) wait() {
	over := func() bool { return h.crew.Load() == nil }
	if !watch(over) {
		for !over() {
			h.caller.Store(callerSleeps)
			if over() && h.caller.CompareAndSwap(callerSleeps, callerAwake) {
				break
			}
			<-h.done // perhaps of the work before: look again
		}
		h.caller.Store(callerAwake)
	}
	h.state.Store(watching)
}

// watch looks until it is so, or patience is over.
func watch(isSo func() bool) bool {
	for began := time.Now(); ; {
		for range 256 {
			if isSo() {
				return true
			}
		}
		if time.Since(began) > patience {
			return false
		}
	}
}
