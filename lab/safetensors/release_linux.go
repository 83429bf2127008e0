package safetensors

import (
	"encoding/binary"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// release gives back the whole pages within memory, unless one was written to. Linux would
// forget what was written: MADV_DONTNEED goes back to the file.
func release(memory []byte) {
	page := os.Getpagesize()
	skip := -int(uintptr(unsafe.Pointer(&memory[0]))) & (page - 1)
	if skip+page > len(memory) {
		return
	}
	memory = memory[skip : len(memory)-(len(memory)-skip)%page]
	if !written(memory, page) {
		_ = unix.Madvise(memory, unix.MADV_DONTNEED) // a hint: to fail costs memory only
	}
}

// Bits of an entry of /proc/self/pagemap (Linux, Documentation/admin-guide/mm/pagemap.rst).
const (
	pagePresent = 1 << 63
	pageSwapped = 1 << 62
	pageOfFile  = 1 << 61
)

// written tells whether a page is this process's own, or might be. memory is whole pages.
func written(memory []byte, page int) bool {
	pagemap, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return true
	}
	defer pagemap.Close()
	first := int64(uintptr(unsafe.Pointer(&memory[0]))) / int64(page)
	entries := make([]byte, 8*len(memory)/page)
	if _, err := pagemap.ReadAt(entries, 8*first); err != nil {
		return true
	}
	for ; len(entries) > 0; entries = entries[8:] {
		e := binary.LittleEndian.Uint64(entries)
		if e&(pagePresent|pageSwapped) != 0 && e&pageOfFile == 0 {
			return true
		}
	}
	return false
}
