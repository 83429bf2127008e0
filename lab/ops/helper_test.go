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

// TestTaskPanics: a panic in anybody's task is the caller's, and the helpers live on.
func TestTaskPanics(t *testing.T) {
	for round := range 200 {
		func() {
			defer func() {
				if p := recover(); p != "task 7" {
					t.Fatalf("round %d: recovered %v", round, p)
				}
			}()
			tasks(16, func(i int, _ *scratch) {
				if i == 7 {
					panic("task 7")
				}
			})
		}()
		var ran atomic.Int32
		if tasks(16, func(int, *scratch) { ran.Add(1) }); ran.Load() != 16 {
			t.Fatalf("round %d: %d of 16 tasks ran", round, ran.Load())
		}
	}
}

// TestHelpersSleep: without work they take no time.
func TestHelpersSleep(t *testing.T) {
	tasks(8, func(int, *scratch) {})
	list := helpers.list.Load()
	if list == nil {
		t.Skip("one core: no helpers")
	}
	for i, h := range *list {
		for began := time.Now(); h.post.Load() != &asleep; time.Sleep(patience) {
			if time.Since(began) > 5*time.Second {
				t.Fatalf("helper %d does not sleep", i)
			}
		}
	}
}
