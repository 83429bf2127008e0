package safetensors

import (
	"fmt"
	"os"
	"unsafe"

	"cliplab/lab/mapped"
)

// Open opens a checkpoint by mapping it into memory, where the system can: opening takes no
// time and no memory. Tensors are read when they are asked for.
//
// As long as tensors are read, the file must keep its content. What replaces files by renaming
// (WriteFile, the hub's cache, most programs) does no harm; if another program cuts the file short
// or writes over it, Unchanged tells, and to read what is gone is an error.
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
	p := &part{path: path}
	if p.file, err = mapped.Open(file); err == nil {
		err = f.add(p, file, p.file.Size())
	} else {
		err = fmt.Errorf("safetensors: %w", err)
	}
	if err != nil {
		file.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Unchanged says whether the files are as they were when they were opened, by size and time of
// change; else the error is mapped.ErrChanged and names the file.
func (f *File) Unchanged() error {
	for _, p := range f.parts {
		if p.file == nil {
			continue
		}
		if err := p.file.Unchanged(); err != nil {
			return err
		}
	}
	return nil
}

// View is a tensor where it lies in the file, and the file, within whose Do it is to be looked at;
// nil where it must be read: where files are not mapped, or it is not stored as F32.
func (f *File) View(name string) ([]float32, *mapped.File) {
	e, ok := f.entries[name]
	if !ok || e.part.file == nil || e.DType != F32 {
		return nil, nil
	}
	view := e.part.file.Floats(e.part.start+e.Begin, e.Len())
	if view == nil {
		return nil, nil
	}
	return view, e.part.file
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
