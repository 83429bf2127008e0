//go:build !unix

package bench

import "time"

var began = time.Now()

// cpuTime is the clock where the system does not tell what a process has used.
func cpuTime() time.Duration { return time.Since(began) }
