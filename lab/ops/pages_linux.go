package ops

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of amd64's and most arm64's large pages.
const hugePage = 2 << 20

// room is n numbers of zero. Where they are many, the system is asked to hold them in large pages:
// a product goes through its weights once for every hundred rows, and looking up where each 4 KiB
// of them lies cost 1 to 4 % of its time.
//
// The advice is for whole large pages, so that what Go keeps beside them may be held so too.
func room(n int) []float32 {
	x := make([]float32, n)
	if 4*n >= hugePage/2 {
		first := uintptr(unsafe.Pointer(&x[0]))
		lo := first &^ (hugePage - 1)
		hi := (first + uintptr(4*n) + hugePage - 1) &^ (hugePage - 1)
		// Refused, where the system has none or what Go has reserved ends within the last page, it
		// was in vain for that page only.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, lo, hi-lo, unix.MADV_HUGEPAGE)
	}
	return x
}
