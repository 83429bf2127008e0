//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package history

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock takes the lock of an open file for this process alone, or fails at once.
func lock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
