package pages

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// wish asks for large pages for an array that is still untouched. A system that has none refuses,
// and nothing is lost.
func wish(x []float32) {
	from := uintptr(unsafe.Pointer(&x[0]))
	lo, hi := from&^(huge-1), (from+uintptr(4*len(x))+huge-1)&^(huge-1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, lo, hi-lo, unix.MADV_HUGEPAGE)
}
