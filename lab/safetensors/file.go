package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"cliplab/lab/tensor"
)

// A File is an opened checkpoint. Its tensors are read when they are asked for; several
// goroutines may ask at once.
type File struct {
	Metadata map[string]string // from __metadata__; often {"format": "pt"}

	data    *io.SectionReader // what follows the header
	infos   map[string]Info
	options options
}

// An Option changes what is accepted.
type Option func(*options)

type options struct{ finite bool }

// Finite makes File.Tensor refuse tensors with infinite values or values that are not numbers.
func Finite(o *options) { o.finite = true }

// Decode opens a checkpoint in memory. The file keeps data.
func Decode(data []byte, opts ...Option) (*File, error) {
	return Read(bytes.NewReader(data), int64(len(data)), opts...)
}

// ReadFile opens a checkpoint after reading it into memory.
func ReadFile(path string, opts ...Option) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	f, err := Decode(data, opts...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Read opens a checkpoint of size bytes; r must stay open as long as the file is used. It
// reads the header and checks all of it: every tensor's type, shape and place, and that
// together they fill the file.
func Read(r io.ReaderAt, size int64, opts ...Option) (*File, error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, fmt.Errorf("safetensors: %d bytes are too few for a header's length", size)
	}
	if _, err := r.ReadAt(prefix[:], 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if rest := size - int64(len(prefix)); n > uint64(rest) {
		return nil, fmt.Errorf("safetensors: header claims %d bytes, the file has %d more: "+
			"it is cut off or no safetensors file", n, rest)
	}
	if n > maxHeader {
		return nil, fmt.Errorf("safetensors: header of %d bytes, the limit is %d", n, maxHeader)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, int64(len(prefix))); err != nil && err != io.EOF {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	infos, metadata, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	start := int64(len(prefix)) + int64(n)
	if err := checkLayout(infos, size-start); err != nil {
		return nil, err
	}
	f := &File{Metadata: metadata, infos: make(map[string]Info, len(infos))}
	f.data = io.NewSectionReader(r, start, size-start)
	for _, i := range infos {
		f.infos[i.Name] = i
	}
	for _, opt := range opts {
		opt(&f.options)
	}
	return f, nil
}

// Names lists the tensors in alphabetical order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.infos)) }

// Info says how a tensor is stored.
func (f *File) Info(name string) (Info, bool) {
	i, ok := f.infos[name]
	return i, ok
}

// Tensor reads one tensor and makes it float32. Whole numbers beyond 2²⁴ are rounded; Ints
// reads them exactly.
func (f *File) Tensor(name string) (*tensor.Tensor, error) {
	i, raw, err := f.raw(name)
	if err != nil {
		return nil, err
	}
	t := tensor.New(i.Shape...)
	i.DType.decode(t.Data, raw)
	if f.options.finite {
		for j, v := range t.Data {
			if v-v != 0 { // infinite or not a number
				return nil, fmt.Errorf("safetensors: tensor %.80q holds %v at %v",
					name, v, place(j, i.Shape))
			}
		}
	}
	return t, nil
}

// Tensors reads all tensors.
func (f *File) Tensors() (map[string]*tensor.Tensor, error) {
	all := make(map[string]*tensor.Tensor, len(f.infos))
	for name := range f.infos {
		t, err := f.Tensor(name)
		if err != nil {
			return nil, err
		}
		all[name] = t
	}
	return all, nil
}

// Ints reads a tensor of whole numbers.
func (f *File) Ints(name string) ([]int64, error) {
	i, raw, err := f.raw(name)
	if err != nil {
		return nil, err
	}
	if !i.DType.isInt() {
		return nil, fmt.Errorf("safetensors: tensor %.80q is %s, not whole numbers", name, i.DType)
	}
	values := make([]int64, i.Len())
	for j := range values {
		values[j] = i.DType.integer(raw, j)
	}
	return values, nil
}

// String lists name, type and shape of each tensor.
func (f *File) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "safetensors: %d tensors", len(f.infos))
	for _, name := range f.Names() {
		i := f.infos[name]
		fmt.Fprintf(&b, "\n%-60s %-4s %v", i.Name, i.DType, i.Shape)
	}
	return b.String()
}

// raw reads the bytes of a tensor.
func (f *File) raw(name string) (Info, []byte, error) {
	i, ok := f.infos[name]
	if !ok {
		return i, nil, fmt.Errorf("safetensors: no tensor %.80q among %d", name, len(f.infos))
	}
	raw := make([]byte, i.End-i.Begin)
	if n, err := f.data.ReadAt(raw, i.Begin); n < len(raw) {
		return i, nil, fmt.Errorf("safetensors: tensor %.80q: %w", name, err)
	}
	return i, raw, nil
}

// place turns the position j in the data into an index of each dimension.
func place(j int, shape []int) []int {
	index := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		index[d] = j % shape[d]
		j /= shape[d]
	}
	return index
}
