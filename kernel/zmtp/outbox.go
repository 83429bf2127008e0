package zmtp

import (
	"sync"
	"time"
)

// parcel is a message, or a command if it says so, on its way to a peer.
type parcel struct {
	frames  [][]byte
	command bool
}

// weight is what a parcel costs in memory; a frame without a byte costs, too.
func weight(frames [][]byte) int64 {
	n := int64(0)
	for _, f := range frames {
		n += int64(len(f)) + 64
	}
	return n
}

// outbox holds what a peer has not yet taken, at most bound bytes and one message more.
type outbox struct {
	bound int64

	mu      sync.Mutex
	changed sync.Cond
	parcels []parcel
	bytes   int64     // of parcels, and of those that take returned until they are written
	moved   time.Time // when bytes left last, or came to an empty outbox
	closed  bool      // nothing is added any more
	aborted bool      // and nothing is taken
}

func (o *outbox) init(bound int64) {
	o.bound = bound
	o.changed.L = &o.mu
}

// put adds a parcel and says whether there was room. It does not wait. A peer that leaves
// has room for what it will never read.
func (o *outbox) put(p parcel) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	if o.bytes >= o.bound {
		return false
	}
	o.append(p)
	return true
}

// wait adds a parcel as soon as there is room, and says whether there ever was.
func (o *outbox) wait(p parcel) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && o.bytes >= o.bound {
		o.changed.Wait()
	}
	if o.closed {
		return false
	}
	o.append(p)
	return true
}

func (o *outbox) append(p parcel) {
	if o.bytes == 0 {
		o.moved = time.Now()
	}
	o.parcels = append(o.parcels, p)
	o.bytes += weight(p.frames)
	if len(o.parcels) == 1 {
		o.changed.Broadcast()
	}
}

// take waits for parcels and returns all of them; none means that no more will come. It
// keeps spare, which was written, as the room for the next ones.
func (o *outbox) take(spare []parcel) []parcel {
	clear(spare)
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.parcels) == 0 && !o.closed {
		o.changed.Wait()
	}
	if o.aborted {
		return nil
	}
	taken := o.parcels
	o.parcels = spare[:0]
	return taken
}

// written makes room for n bytes.
func (o *outbox) written(n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= n
	o.moved = time.Now()
	if o.bytes < o.bound {
		o.changed.Broadcast()
	}
}

// progress notes that the peer reads, though no parcel is written to its end.
func (o *outbox) progress() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.moved = time.Now()
}

// finish lets the parcels be taken that are there, but no more.
func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.changed.Broadcast()
}

// abort throws away what is there.
func (o *outbox) abort() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.aborted = true, true
	o.parcels = nil
	o.changed.Broadcast()
}
