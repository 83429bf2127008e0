package cores

import (
	"runtime"
	"sync/atomic"
)

// reserved is the part of GOMAXPROCS that is not for computing.
var reserved atomic.Int64

// Reserve raises GOMAXPROCS by n for goroutines that wait for the network: Go looks at it late
// while all its threads compute. Count stays as it is.
func Reserve(n int) {
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + n)
	reserved.Add(int64(n))
}

// Count is how many goroutines compute at once.
func Count() int { return max(1, runtime.GOMAXPROCS(0)-int(reserved.Load())) }
