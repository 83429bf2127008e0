package mapped

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"unsafe"
)

// ErrChanged is returned by Unchanged, and by Do, when the file is no longer what was opened.
var ErrChanged = errors.New("the file was changed while it was open")

// File is a mapped file. Its memory is read-only.
type File struct {
	file   *os.File
	opened os.FileInfo
	data   []byte // nil where files are not mapped
}

// Open maps a file, where the system can; elsewhere Bytes and Floats give nil, and it must be read.
// File must stay open until Close.
//
// The error says that it is no regular file.
func Open(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("mapped: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("mapped: it is no regular file")
	}
	m := &File{file: file, opened: info}
	if size := info.Size(); size > 0 && int64(int(size)) == size {
		m.data = mapFile(file, int(size))
	}
	return m, nil
}

// Size is the bytes of the file when it was opened.
func (m *File) Size() int64 { return m.opened.Size() }

// Bytes is n bytes of the file from a place on, nil where they must be read. They are to be looked
// at within Do, and not to be written to.
func (m *File) Bytes(at int64, n int) []byte {
	if m.data == nil || at < 0 || n < 0 || at > m.Size()-int64(n) {
		return nil
	}
	return m.data[at : at+int64(n) : at+int64(n)]
}

// Floats is Bytes of n little-endian float32, nil also where they do not lie in memory as this
// processor wants them.
func (m *File) Floats(at int64, n int) []float32 {
	b := m.Bytes(at, 4*n)
	if len(b) == 0 || at%4 != 0 || !littleEndian() {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// Prefetch asks the system to read ahead all of the file.
func (m *File) Prefetch() {
	if m.data != nil {
		prefetch(m.data)
	}
}

// Do runs what looks at the file's memory, in this goroutine. The error is ErrChanged, with the
// file and the remedy, when the page that was looked at is gone. Other panics go on. Goroutines
// that read starts must call Do themselves.
func (m *File) Do(read func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			if !m.holds(p) {
				panic(p)
			}
			if err = m.Unchanged(); err == nil { // a disk that fails looks the same
				err = fmt.Errorf("mapped: %s cannot be read any more; is its disk still there?",
					m.file.Name())
			}
		}
	}()
	read()
	return nil
}

// holds tells whether a panic is that of an address within the file.
func (m *File) holds(p any) bool {
	fault, ok := p.(interface{ Addr() uintptr })
	if !ok || len(m.data) == 0 {
		return false
	}
	start, page := uintptr(unsafe.Pointer(unsafe.SliceData(m.data))), uintptr(os.Getpagesize())
	at := fault.Addr()
	return at >= start && at-start < (uintptr(len(m.data))+page-1)/page*page
}

// Unchanged says whether the file is as it was when it was opened, by size and time of change;
// else the error is ErrChanged and names the file.
func (m *File) Unchanged() error {
	now, err := m.file.Stat()
	if err != nil {
		return fmt.Errorf("mapped: %w", err)
	}
	if now.Size() != m.opened.Size() || !now.ModTime().Equal(m.opened.ModTime()) {
		return fmt.Errorf("mapped: %w: %s had %d bytes of %v and has %d of %v; load it again",
			ErrChanged, m.file.Name(), m.opened.Size(), m.opened.ModTime(), now.Size(), now.ModTime())
	}
	return nil
}

// Close ends the mapping and closes the file. What Bytes and Floats gave must no longer be used.
func (m *File) Close() error {
	var err error
	if m.data != nil {
		err = unmap(m.data)
		m.data = nil
	}
	return errors.Join(err, m.file.Close())
}

// littleEndian tells whether values lie in memory as they do in files.
func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}
