package jupyter

import (
	"fmt"
	"os"
	"sync"
	"time"
)

var lastUsage struct {
	sync.Mutex
	at  time.Time
	cpu float64
}

// cpuPercent is the share of one core used since it was asked last.
func cpuPercent() float64 {
	lastUsage.Lock()
	defer lastUsage.Unlock()
	now, cpu := time.Now(), cpuSeconds()
	before, used := lastUsage.at, cpu-lastUsage.cpu
	lastUsage.at, lastUsage.cpu = now, cpu
	if before.IsZero() {
		return 0
	}
	return 100 * used / max(now.Sub(before).Seconds(), 1e-3)
}

// residentBytes is the memory of the process, and otherwise where the system does not tell.
func residentBytes(otherwise uint64) uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return otherwise
	}
	var total, resident uint64
	if _, err := fmt.Sscan(string(text), &total, &resident); err != nil {
		return otherwise
	}
	return resident * uint64(os.Getpagesize())
}
