package ops

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"cliplab/lab/cores"
)

// helper is a goroutine that computes for those who share work. When it is done it watches for
// the next work for a while before it sleeps: a network is a long row of short products, and to
// wake a thread takes longer than the pause between two of them.
//
// Post is its one word, and says what it does: &watching, &asleep, &busy, or the work that is
// offered to it. Who moves it on, and all by compare and swap:
//
//	a caller   watching → work   asleep → work, then a wake   work → watching, to withdraw it
//	the helper work → busy → watching → asleep
//
// Of an offer either the helper's move to busy succeeds or the caller's withdrawal. So a caller
// waits for no helper but one that runs its tasks already, and whether one that slept comes in
// time, or ever, concerns nobody. To go to sleep and to offer are moves of the same word, so that
// an offer to a sleeper always wakes it.
//
// Nothing here writes one word and then reads another that somebody else writes before he reads
// the first. Go's atomics allow that, but qemu before a host of amd64 carries the read out first
// (arm64's STLR and LDAR become plain moves), and both see the past.
type helper struct {
	post atomic.Pointer[crew]
	wake chan struct{} // ends its sleep; never holds more than one
	_    [112]byte     // a helper that watches has the cache line for itself
}

// What a helper does when it has no offer.
var watching, asleep, busy crew

// patience is how long a helper watches for work, and a caller for its helpers.
const patience = 150 * time.Microsecond

// helpers are all there are: as many as were ever of use at once, less the caller.
var helpers struct {
	mu   sync.Mutex
	list atomic.Pointer[[]*helper]
}

// enlist offers the work to up to n helpers, to those that are awake first. Where others compute,
// there may be none.
func (c *crew) enlist(n int) {
	list := helpers.list.Load()
	if list == nil || len(*list) < n {
		list = hire(n)
	}
	for _, h := range *list {
		if len(c.helpers) < n && h.post.CompareAndSwap(&watching, c) {
			c.helpers = append(c.helpers, h)
		}
	}
	for _, h := range *list {
		if len(c.helpers) < n && h.post.CompareAndSwap(&asleep, c) {
			h.wake <- struct{}{}
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
		h := &helper{wake: make(chan struct{}, 1)}
		h.post.Store(&watching)
		go h.live()
		all = append(all, h)
	}
	helpers.list.Store(&all)
	return &all
}

func (h *helper) live() {
	for {
		c := h.next()
		c.help()
		h.post.CompareAndSwap(&busy, &watching) // before the caller knows, who has more work
		c.leave()
	}
}

// next is the work that the helper takes: it watches, then sleeps until some is offered.
func (h *helper) next() *crew {
	for {
		var c *crew
		offered := func() bool {
			c = h.post.Load()
			return c != &watching
		}
		switch {
		case watch(offered):
			if h.post.CompareAndSwap(c, &busy) { // else withdrawn
				return c
			}
		case h.post.CompareAndSwap(&watching, &asleep):
			<-h.wake // whether or not the offer still stands
		}
	}
}

// watch looks until it is so, or patience is over; with one core, once. The clock, which takes
// some 30 ns to read, leaves the core to its other thread, if it has one.
func watch(isSo func() bool) bool {
	for began, i := time.Now(), 0; ; i++ {
		if isSo() {
			return true
		}
		if i%128 == 0 {
			if cores.Count() == 1 {
				return false
			}
			if i > 0 {
				runtime.Gosched() // others may want the core more
			}
		}
		if time.Since(began) > patience {
			return false
		}
	}
}
