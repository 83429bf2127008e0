package jupyter

import (
	"runtime/debug"
	"sync"
	"time"
)

// restDelay is how long a kernel has nothing to do before it gives memory back to the system.
const restDelay = 300 * time.Millisecond

// rest gives memory back when the kernel has nothing to do for a while: it may stay open for
// days.
type rest struct {
	mu    sync.Mutex
	timer *time.Timer
	busy  int // requests that are being answered
}

// begin marks a request; the result ends it.
func (r *rest) begin() (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy++
	if r.timer != nil {
		r.timer.Stop()
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.busy--; r.busy > 0 {
			return
		}
		if r.timer == nil {
			r.timer = time.AfterFunc(restDelay, r.tidy)
		} else {
			r.timer.Reset(restDelay)
		}
	}
}

func (r *rest) tidy() {
	r.mu.Lock()
	idle := r.busy == 0
	r.mu.Unlock()
	if idle {
		debug.FreeOSMemory()
	}
}
