package cores

import (
	"runtime"
	"testing"
)

func TestReserve(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(before)
	Reserve(4)
	defer reserved.Store(0)
	if procs, n := runtime.GOMAXPROCS(0), Count(); procs != 7 || n != 3 {
		t.Errorf("GOMAXPROCS is %d and %d goroutines compute, want 7 and 3", procs, n)
	}
	runtime.GOMAXPROCS(1)
	if n := Count(); n != 1 {
		t.Errorf("%d goroutines compute on one thread", n)
	}
}
