package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"cliplab/lab/mapped"
	"cliplab/lab/tensor"
)

// A File is an opened checkpoint, of one file or of several shards. Its tensors are read when
// they are asked for; several goroutines may ask at once.
type File struct {
	Metadata map[string]string // from __metadata__; often {"format": "pt"}

	entries map[string]entry
	parts   []*part
	options options
}

// part is one file of a checkpoint.
type part struct {
	path  string            // "" of bytes and readers
	data  *io.SectionReader // what follows the header
	start int64             // where that is in the file
	file  *mapped.File      // nil of bytes and readers
}

// entry is a tensor and the part that it is in.
type entry struct {
	Info
	part *part
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
	f := &File{entries: map[string]entry{}}
	for _, opt := range opts {
		opt(&f.options)
	}
	if err := f.add(&part{}, r, size); err != nil {
		return nil, err
	}
	return f, nil
}

// add reads the header of a part and takes its tensors in.
func (f *File) add(p *part, r io.ReaderAt, size int64) error {
	header, err := readHeader(r, size)
	if err != nil {
		return err
	}
	infos, metadata, err := parseHeader(header)
	if err != nil {
		return err
	}
	p.start = prefixSize + int64(len(header))
	if err := checkLayout(infos, size-p.start); err != nil {
		return err
	}
	p.data = io.NewSectionReader(r, p.start, size-p.start)
	for _, i := range infos {
		if other, ok := f.entries[i.Name]; ok {
			return fmt.Errorf("safetensors: tensor %.80q is in %s already", i.Name, other.part.path)
		}
		f.entries[i.Name] = entry{i, p}
	}
	if f.Metadata == nil {
		f.Metadata = metadata
	}
	f.parts = append(f.parts, p)
	return nil
}

// prefixSize is the bytes that hold the header's length.
const prefixSize = 8

func readHeader(r io.ReaderAt, size int64) ([]byte, error) {
	var prefix [prefixSize]byte
	if size < prefixSize {
		return nil, fmt.Errorf("safetensors: %d bytes are too few for a header's length", size)
	}
	if _, err := r.ReadAt(prefix[:], 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if rest := size - prefixSize; n > uint64(rest) {
		return nil, fmt.Errorf("safetensors: header claims %d bytes, the file has %d more: "+
			"it is cut off or no safetensors file", n, rest)
	}
	if n > maxHeader {
		return nil, fmt.Errorf("safetensors: header of %d bytes, the limit is %d", n, maxHeader)
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, prefixSize); err != nil && err != io.EOF {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	return header, nil
}

// Names lists the tensors in alphabetical order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.entries)) }

// Info says how a tensor is stored.
func (f *File) Info(name string) (Info, bool) {
	e, ok := f.entries[name]
	return e.Info, ok
}

// Shape is the shape of a tensor, nil when there is none of that name.
func (f *File) Shape(name string) []int { return f.entries[name].Shape }

// Tensor gives one tensor as float32. Whole numbers beyond 2²⁴ are rounded; Ints reads them
// exactly.
func (f *File) Tensor(name string) (*tensor.Tensor, error) {
	e, err := f.entry(name)
	if err != nil {
		return nil, err
	}
	t := tensor.New(e.Shape...)
	return t, e.convert(t.Data, 0, f.options.finite)
}

// Into reads one tensor, as float32, into dst. It panics when dst has another length.
func (f *File) Into(dst []float32, name string) error {
	e, err := f.entry(name)
	if err != nil {
		return err
	}
	if len(dst) != e.Len() {
		panic(fmt.Sprintf("safetensors: tensor %q has %d values, dst %d", name, e.Len(), len(dst)))
	}
	return e.convert(dst, 0, f.options.finite)
}

// Range reads the values of one tensor from place from on, as many as dst holds, as float32. It
// takes no memory for few values. It panics when the tensor has fewer.
func (f *File) Range(dst []float32, name string, from int) error {
	e, err := f.entry(name)
	if err != nil {
		return err
	}
	if from < 0 || from > e.Len()-len(dst) {
		panic(fmt.Sprintf("safetensors: values %d to %d of tensor %q, which has %d", from,
			from+len(dst), name, e.Len()))
	}
	return e.convert(dst, from, f.options.finite)
}

// Check reads one tensor without keeping it. The error is that of Tensor.
func (f *File) Check(name string) error {
	e, err := f.entry(name)
	if err != nil {
		return err
	}
	return e.check(f.options.finite)
}

// Tensors reads all tensors.
func (f *File) Tensors() (map[string]*tensor.Tensor, error) {
	all := make(map[string]*tensor.Tensor, len(f.entries))
	for name := range f.entries {
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
	e, err := f.entry(name)
	if err != nil {
		return nil, err
	}
	if !e.DType.isInt() {
		return nil, fmt.Errorf("safetensors: tensor %.80q is %s, not whole numbers", name, e.DType)
	}
	raw := make([]byte, e.End-e.Begin)
	if err := e.read(raw, 0); err != nil {
		return nil, err
	}
	values := make([]int64, e.Len())
	for j := range values {
		values[j] = e.DType.integer(raw, j)
	}
	return values, nil
}

// String lists name, type and shape of each tensor.
func (f *File) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "safetensors: %d tensors", len(f.entries))
	for _, name := range f.Names() {
		i := f.entries[name]
		fmt.Fprintf(&b, "\n%-60s %-4s %v", i.Name, i.DType, i.Shape)
	}
	return b.String()
}

// Close closes the file. Views must no longer be used.
func (f *File) Close() error {
	var errs []error
	for _, p := range f.parts {
		if p.file != nil {
			errs = append(errs, p.file.Close())
		}
	}
	return errors.Join(errs...)
}

func (f *File) entry(name string) (entry, error) {
	e, ok := f.entries[name]
	if !ok {
		return e, fmt.Errorf("safetensors: no tensor %.80q among %d", name, len(f.entries))
	}
	return e, nil
}

// read fills raw from the tensor's bytes, from offset on.
func (e entry) read(raw []byte, offset int64) error {
	if n, err := e.part.data.ReadAt(raw, e.Begin+offset); n < len(raw) {
		if e.part.file != nil {
			err = errors.Join(e.part.file.Unchanged(), err)
		}
		if e.part.path != "" {
			err = fmt.Errorf("%s: %w", e.part.path, err)
		}
		return fmt.Errorf("safetensors: tensor %.80q: %w", e.Name, err)
	}
	return nil
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
