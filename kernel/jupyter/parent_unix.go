//go:build unix

package jupyter

import (
	"os"
	"syscall"
)

// parentGone returns what tells whether the process that Jupyter named has ended. A kernel that
// is not its child, but of a wrapper, asks whether the process exists.
func parentGone(parent int) func() bool {
	if os.Getppid() == parent {
		return func() bool { return os.Getppid() != parent }
	}
	return func() bool { return syscall.Kill(parent, 0) == syscall.ESRCH }
}

// cpuSeconds is the time that the process has computed.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	t := syscall.Timeval{Sec: u.Utime.Sec + u.Stime.Sec}
	return float64(t.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
