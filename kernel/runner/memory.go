package runner

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// watchEvery is how often the memory is looked at: a cell can fill about 100 MB in between.
const watchEvery = 25 * time.Millisecond

// memoryError is why a cell was interrupted that filled the memory.
type memoryError struct{ limit int64 }

func (e memoryError) Error() string {
	return fmt.Sprintf("the notebook holds more than %.1f GB of memory, the limit; "+
		"hold less at a time, or set variables to nil that are not needed any more",
		float64(e.limit)/1e9)
}

// watchMemory interrupts the cells before the system kills the process, with which all outputs
// would be lost. limit 0 watches nothing. It returns the end of watching.
func (r *run) watchMemory(limit int64) (stop func()) {
	done := make(chan struct{})
	go func() {
		if limit <= 0 {
			return
		}
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if memoryInUse() <= limit {
				continue
			}
			if debug.FreeOSMemory(); memoryInUse() > limit { // it is no garbage
				r.interrupt(memoryError{limit})
			}
		}
	}()
	return func() { close(done) }
}

// collectBelow makes the garbage collector work harder near the limit, so that only what is
// still reachable goes beyond it. It returns the undoing. A GOMEMLIMIT that was set stays.
func collectBelow(limit int64) (undo func()) {
	old := debug.SetMemoryLimit(-1)
	if limit <= 0 || old != math.MaxInt64 {
		return func() {}
	}
	debug.SetMemoryLimit(limit / 10 * 9)
	return func() { debug.SetMemoryLimit(old) }
}

// memoryInUse is what the Go runtime has from the system and has not given back, in bytes.
func memoryInUse() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()) - int64(s[1].Value.Uint64())
}

// defaultMemory is four fifths of the memory that is free on Linux, beside what this process
// already has, and within the limit of its container; elsewhere 0, which is no limit.
func defaultMemory() int64 {
	free := int64(math.MaxInt64)
	data, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemAvailable:" {
			if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				free = kb << 10
			}
		}
	}
	for _, group := range [][2]string{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"}, // version 2, then 1
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		most, err1 := number(group[0])
		used, err2 := number(group[1])
		if err1 == nil && err2 == nil {
			free = min(free, most-used)
		}
	}
	if free == math.MaxInt64 || free <= 0 {
		return 0
	}
	return memoryInUse() + free/5*4
}

func number(file string) (int64, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64) // "max" is no number
}
