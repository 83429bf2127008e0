package bench

import (
	"fmt"
	"time"
)

// bounds are what a worker may take for an answer, so that a bench always ends and leaves the
// machine alive. Zeros are no bounds.
type bounds struct {
	time  time.Duration
	bytes int64 // resident
}

// exceeded says what a process exceeds, "" if nothing.
func (b bounds) exceeded(pid int, began time.Time) string {
	if b.time > 0 && time.Since(began) > b.time {
		return fmt.Sprintf("took more than %v for one answer", b.time)
	}
	if b.bytes > 0 && residentBytes(pid) > b.bytes {
		return fmt.Sprintf("needs more than the %d MB of memory that were free", b.bytes/1e6)
	}
	return ""
}

// guard ends the worker's process when it exceeds its bounds before stop is called.
func (w *worker) guard() (stop func()) {
	done, began := make(chan struct{}), time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	go func() {
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if why := w.bounds.exceeded(w.cmd.Process.Pid, began); why != "" {
					w.exceeded.Store(&why)
					_ = w.cmd.Process.Kill() // it may have ended by itself
					return
				}
			}
		}
	}()
	return func() { close(done) }
}

// residentBytes are a process's now, 0 where the system does not tell.
func residentBytes(pid int) int64 { return bytesOf(fmt.Sprintf("/proc/%d/status", pid), "VmRSS") }
