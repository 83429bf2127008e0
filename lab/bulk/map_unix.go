//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package bulk

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapFloats maps n float32 of a file. They are little-endian, as the processors here are.
func mapFloats(f *os.File, start int64, n int) ([]float32, func() error, error) {
	if start%4 != 0 {
		return readFloats(f, start, n)
	}
	all, err := unix.Mmap(int(f.Fd()), 0, int(start)+4*n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot be mapped: %w", err)
	}
	_ = unix.Madvise(all, unix.MADV_WILLNEED) // only makes it quicker
	values := unsafe.Slice((*float32)(unsafe.Pointer(&all[start])), n)
	return values, func() error { return unix.Munmap(all) }, nil
}
