//go:build unix

package magic

import (
	"syscall"
	"time"
)

// processor is what the process has used of the processors.
type processor struct{ user, system time.Duration }

func processorTime() processor {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return processor{}
	}
	return processor{time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())}
}

func (p processor) minus(q processor) processor {
	return processor{p.user - q.user, p.system - q.system}
}
