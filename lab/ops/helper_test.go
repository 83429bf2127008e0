package ops

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestHelpersUnderPressure: every task runs once, with more callers than cores, work within
// work, pauses longer and shorter than patience, and cores that come and go.
func TestHelpersUnderPressure(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var callers sync.WaitGroup
	for caller := range 6 {
		callers.Go(func() {
			for round := range 300 {
				n := 1 + (round*7+caller)%40
				ran := make([]atomic.Int32, n)
				tasks(n, func(i int, _ *scratch) {
					ran[i].Add(1)
					if i == 3 && round%5 == 0 {
						var inner atomic.Int32
						tasks(4, func(int, *scratch) { inner.Add(1) })
						if inner.Load() != 4 {
							t.Errorf("%d of 4 tasks within a task", inner.Load())
						}
					}
				})
				for i := range ran {
					if ran[i].Load() != 1 {
						t.Errorf("caller %d, round %d: task %d of %d ran %d times", caller, round, i, n,
							ran[i].Load())
					}
				}
				switch {
				case round%50 == caller:
					time.Sleep(2 * patience)
				case caller == 0 && round%30 == 0:
					runtime.GOMAXPROCS(1 + round/30%5)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		callers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("a caller waits for a helper that does not come back")
	}
}

// TestHelpersSleep: without work they take no time.
func TestHelpersSleep(t *testing.T) {
	tasks(8, func(int, *scratch) {})
	time.Sleep(10 * patience)
	list := helpers.list.Load()
	if list == nil {
		t.Skip("one core: no helpers")
	}
	for i, h := range *list {
		if got := h.state.Load(); got != asleep {
			t.Errorf("helper %d is in state %d, want %d", i, got, asleep)
		}
	}
}
