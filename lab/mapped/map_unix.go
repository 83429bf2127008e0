//go:build unix

package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile is nil where mapping fails, as it does for files that the address space cannot hold.
func mapFile(f *os.File, size int) []byte {
	m, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	return m
}

func unmap(m []byte) error { return unix.Munmap(m) }

func prefetch(m []byte) { _ = unix.Madvise(m, unix.MADV_WILLNEED) } // only makes it quicker
