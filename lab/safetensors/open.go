package safetensors

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// ErrChanged is returned by Unchanged when the file is no longer what was opened.
var ErrChanged = errors.New("safetensors: the file was changed while it was open")

// viewMin is the size of the smallest view. Smaller tensors are read: their pages are shared with
// others, and a page that is looked at costs as much as its values.
const viewMin = 64 << 10

// Open opens a checkpoint by mapping it into memory, where the system can: opening takes no
// time and no memory, and tensors come from the disk when their values are looked at. Elsewhere
// tensors are read when they are asked for.
//
// As long as tensors are used, the file must keep its content. What replaces files by renaming
// (Write, the hub's cache, most programs) does no harm. If another program cuts the file short
// instead, looking at a view of it ends the program, as with every mapped file: Unchanged tells.
// Reading (Tensor, Into) gives an error then.
func Open(path string, opts ...Option) (*File, error) {
	f := &File{entries: map[string]entry{}}
	for _, opt := range opts {
		opt(&f.options)
	}
	if err := f.open(path); err != nil {
		return nil, err
	}
	return f, nil
}

// open maps one more part.
func (f *File) open(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	p := &part{path: path, file: file}
	if p.opened, err = file.Stat(); err == nil && !p.opened.Mode().IsRegular() {
		err = errors.New("safetensors: no regular file")
	}
	if err == nil {
		err = f.add(p, file, p.opened.Size())
	}
	if err != nil {
		file.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	if littleEndian() {
		p.mapped = mapFile(file, p.opened.Size()) // nil: it will be read
	}
	return nil
}

// Unchanged says whether the files are as they were when they were opened, by size and time of
// change; else the error is ErrChanged and names the file.
func (f *File) Unchanged() error {
	for _, p := range f.parts {
		if p.file == nil {
			continue
		}
		now, err := p.file.Stat()
		if err != nil {
			return fmt.Errorf("safetensors: %w", err)
		}
		if now.Size() != p.opened.Size() || !now.ModTime().Equal(p.opened.ModTime()) {
			return fmt.Errorf("%w: %s had %d bytes of %v and has %d of %v; load it again", ErrChanged,
				p.path, p.opened.Size(), p.opened.ModTime(), now.Size(), now.ModTime())
		}
	}
	return nil
}

// Mapped tells whether File.Tensor gives a view of the file, which must then keep its content.
func (f *File) Mapped(name string) bool {
	e, ok := f.entries[name]
	return ok && e.view() != nil
}

// Release gives the memory of a tensor that is a view back to the system; the values come from
// the file again when they are looked at. A view that was written to is kept, and so are tensors
// that are no views: nothing is lost.
func (f *File) Release(name string) {
	if e, ok := f.entries[name]; ok {
		if view := e.view(); view != nil {
			release(bytesOf(view))
		}
	}
}

// view is the tensor's values in the mapped file, nil where they must be converted or read.
func (e entry) view() []float32 {
	at := e.part.start + e.Begin
	if e.part.mapped == nil || e.DType != F32 || at%4 != 0 || e.End-e.Begin < viewMin {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&e.part.mapped[at])), e.Len())
}

// bytesOf is the memory of values.
func bytesOf(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}

// littleEndian tells whether values lie in memory as they do in files.
func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}
