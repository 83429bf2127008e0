package pickle

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
)

// dtypes is how the values of PyTorch's storages are stored.
var dtypes = map[string]safetensors.DType{
	"DoubleStorage": safetensors.F64, "FloatStorage": safetensors.F32,
	"HalfStorage": safetensors.F16, "BFloat16Storage": safetensors.BF16,
	"LongStorage": safetensors.I64, "IntStorage": safetensors.I32,
	"ShortStorage": safetensors.I16, "CharStorage": safetensors.I8,
	"ByteStorage": safetensors.U8, "BoolStorage": safetensors.Bool,
}

// maxProgram is the largest pickle that is read; those of published models take some 100 kB.
const maxProgram = 16 << 20

// File is an opened archive. Its tensors are read when they are asked for; several goroutines
// may ask at once.
type File struct {
	// Root is what the program made: a Dict, or an Object of a TorchScript archive.
	Root any

	windows  map[string]*window
	storages map[string]*zip.File
	archive  io.ReaderAt
	stored   int64 // bytes of all storages
	values   int   // met by collect
	claimed  int64 // bytes of all tensors
	closer   io.Closer
}

// Open opens a checkpoint. The error names what the file is not, or the class that it should
// not name.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("pickle: %w", err)
	}
	info, err := file.Stat()
	if err == nil {
		var f *File
		if f, err = Read(file, info.Size()); err == nil {
			f.closer = file
			return f, nil
		}
	}
	file.Close()
	return nil, fmt.Errorf("%s: %w", path, err)
}

// Read opens a checkpoint of size bytes; r must stay open as long as the file is used.
func Read(r io.ReaderAt, size int64) (*File, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("pickle: %w: PyTorch has written zip archives since version 1.6; "+
			"an older file must be loaded and saved again by PyTorch", err)
	}
	f := &File{windows: map[string]*window{}, storages: map[string]*zip.File{}, archive: r}
	var program *zip.File
	for _, e := range archive.File {
		dir, name := path.Split(e.Name)
		top, rest, _ := strings.Cut(dir, "/")
		switch {
		case top != "" && rest == "" && name == "data.pkl":
			program = e
		case rest == "data/":
			if err := f.addStorage(name, e, size); err != nil {
				return nil, err
			}
		case rest == "" && name == "byteorder":
			if err := littleEndian(e); err != nil {
				return nil, err
			}
		}
	}
	if program == nil {
		return nil, fmt.Errorf("pickle: the archive of %d entries has no data.pkl", len(archive.File))
	}
	text, err := contents(program, maxProgram)
	if err != nil {
		return nil, err
	}
	if f.Root, err = run(text, f.storage); err != nil {
		return nil, fmt.Errorf("pickle: %w", err)
	}
	if err := f.collect("", stateDict(f.Root), 0); err != nil {
		return nil, err
	}
	return f, nil
}

// addStorage takes an entry of the archive as a storage. PyTorch stores them as they are; a
// compressed one could be a thousand times as large as the file, and so could one that lies.
func (f *File) addStorage(name string, e *zip.File, size int64) error {
	n := e.UncompressedSize64
	if e.Method != zip.Store || n != e.CompressedSize64 {
		return fmt.Errorf("pickle: storage %.40q is compressed, which PyTorch's never are", name)
	}
	if n > uint64(size-f.stored) {
		return fmt.Errorf("pickle: storage %.40q should have %d bytes, and all of them more than the "+
			"file, which has %d", name, n, size)
	}
	if _, ok := f.storages[name]; ok {
		return fmt.Errorf("pickle: storage %.40q is in the archive twice", name)
	}
	f.stored += int64(n)
	f.storages[name] = e
	return nil
}

// stateDict is the weights among what training saves beside them.
func stateDict(root any) any {
	if d, ok := root.(*Dict); ok {
		for _, key := range []string{"state_dict", "model_state_dict", "model"} {
			if inner, ok := d.Get(key); ok {
				if _, ok := inner.(*Dict); ok {
					return inner
				}
			}
		}
	}
	return root
}

func littleEndian(e *zip.File) error {
	order, err := contents(e, 16)
	if err == nil && string(order) != "little" {
		err = fmt.Errorf("pickle: values are stored in byte order %q, only little is read", order)
	}
	return err
}

// contents reads an entry of at most limit bytes.
func contents(e *zip.File, limit int64) ([]byte, error) {
	if e.UncompressedSize64 > uint64(limit) {
		return nil, fmt.Errorf("pickle: %s has %d bytes, at most %d are read", e.Name,
			e.UncompressedSize64, limit)
	}
	r, err := e.Open()
	if err != nil {
		return nil, fmt.Errorf("pickle: %s: %w", e.Name, err)
	}
	defer r.Close()
	data := make([]byte, e.UncompressedSize64)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("pickle: %s: %w", e.Name, err)
	}
	return data, nil
}

// storage is ("storage", class, key, device, values), as the program names it.
func (f *File) storage(id any) (any, error) {
	t, ok := id.(Tuple)
	if !ok || len(t) < 5 {
		return nil, fmt.Errorf("a storage is named by %T", id)
	}
	class, ok1 := t[1].(global)
	key, ok2 := t[2].(string)
	size, ok3 := t[4].(int64)
	dtype := dtypes[class.name]
	if t[0] != "storage" || !ok1 || !ok2 || !ok3 || dtype == "" {
		return nil, fmt.Errorf("a storage of class %v, key %v and %v values", t[1], t[2], t[4])
	}
	entry := f.storages[key]
	if entry == nil {
		return nil, fmt.Errorf("storage %.40q is not in the archive", key)
	}
	if have := entry.UncompressedSize64; size < 0 || uint64(size) > have/uint64(dtype.Size()) {
		return nil, fmt.Errorf("storage %.40q should hold %d values of type %s and has %d bytes", key,
			size, dtype, have)
	}
	return storage{class.name, key, size}, nil
}

// Bounds of what a program makes: how deep modules lie in one another, and how many values there
// are. A list that holds itself, or the same list again and again, ends there.
const maxDepth, maxValues = 32, 1 << 20

// maxShared is how often the values of the storages may be seen through tensors: some share one,
// but more than that is no checkpoint, only a small file that asks for much memory.
const maxShared = 4

// collect finds the tensors below v: those of dicts, of objects' attributes and of lists, each
// by its path with dots, as in a state dict.
func (f *File) collect(name string, v any, depth int) error {
	if f.values++; f.values > maxValues || depth > maxDepth {
		return fmt.Errorf("pickle: at %.80q there are more than %d values, or %d deep", name,
			maxValues, maxDepth)
	}
	within := func(key any) string {
		if name == "" {
			return fmt.Sprint(key)
		}
		return fmt.Sprintf("%s.%v", name, key)
	}
	switch v := v.(type) {
	case *window:
		f.windows[name] = v
		f.claimed += int64(v.values()) * int64(dtypes[v.storage.kind].Size())
		if f.claimed > maxShared*f.stored {
			return fmt.Errorf("pickle: at %.80q the tensors are more than %d times what is stored",
				name, maxShared)
		}
	case *Object:
		return f.collect(name, v.State, depth)
	case *Dict:
		for i, key := range v.Keys {
			if err := f.collect(within(key), v.Values[i], depth+1); err != nil {
				return err
			}
		}
	case *List:
		for i, item := range v.Items {
			if err := f.collect(within(i), item, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Names lists the tensors in alphabetical order.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.windows)) }

// Info is a tensor's type and shape.
func (f *File) Info(name string) (dtype safetensors.DType, shape []int, ok bool) {
	w := f.windows[name]
	if w == nil {
		return "", nil, false
	}
	return dtypes[w.storage.kind], slices.Clone(w.shape), true
}

// Shape is the shape of a tensor, nil when there is none of that name.
func (f *File) Shape(name string) []int {
	_, shape, _ := f.Info(name)
	return shape
}

// Tensor reads one tensor, in row-major order whatever its strides, and makes it float32.
func (f *File) Tensor(name string) (*tensor.Tensor, error) {
	w := f.windows[name]
	if w == nil {
		return nil, fmt.Errorf("pickle: no tensor %.80q among %d", name, len(f.windows))
	}
	t := tensor.New(w.shape...)
	return t, f.Into(t.Data, name)
}

// Into reads one tensor into dst, as Tensor does. It panics when dst has another length.
func (f *File) Into(dst []float32, name string) error {
	w := f.windows[name]
	if w != nil && len(dst) != w.values() {
		panic(fmt.Sprintf("pickle: tensor %q has %d values, dst %d", name, w.values(), len(dst)))
	}
	return f.Range(dst, name, 0)
}

// Range reads the values of one tensor from place from on, as many as dst holds, as float32. It
// panics when the tensor has fewer.
func (f *File) Range(dst []float32, name string, from int) error {
	w := f.windows[name]
	if w == nil {
		return fmt.Errorf("pickle: no tensor %.80q among %d", name, len(f.windows))
	}
	if from < 0 || from > w.values()-len(dst) {
		panic(fmt.Sprintf("pickle: values %d to %d of tensor %q, which has %d", from, from+len(dst),
			name, w.values()))
	}
	if len(dst) == 0 {
		return nil
	}
	dtype := dtypes[w.storage.kind]
	if w.contiguous() {
		return f.stream(w, from, len(dst), func(at int, raw []byte) error {
			dtype.Decode(dst[at:at+len(raw)/dtype.Size()], raw)
			return nil
		})
	}
	all := make([]float32, w.last()+1)
	err := f.stream(w, 0, len(all), func(at int, raw []byte) error {
		dtype.Decode(all[at:at+len(raw)/dtype.Size()], raw)
		return nil
	})
	if err != nil {
		return err
	}
	whole := dst
	if len(dst) < w.values() {
		whole = make([]float32, w.values())
	}
	w.gather(whole, all)
	copy(dst, whole[from:])
	return nil
}

// Check reads one tensor without keeping it. The error is that of Tensor, or names a value that is
// infinite or no number.
func (f *File) Check(name string) error {
	w := f.windows[name]
	if w == nil || w.values() == 0 {
		return f.Range(nil, name, 0)
	}
	finite := func(at int, values []float32) error {
		for i, v := range values {
			if v-v != 0 {
				return fmt.Errorf("tensor %s holds %v at value %d of %d", name, v, at+i, w.values())
			}
		}
		return nil
	}
	if !w.contiguous() {
		t, err := f.Tensor(name)
		if err != nil {
			return err
		}
		return finite(0, t.Data)
	}
	dtype := dtypes[w.storage.kind]
	return f.stream(w, 0, w.values(), func(at int, raw []byte) error {
		if dtype.AllFinite(raw) {
			return nil
		}
		values := make([]float32, len(raw)/dtype.Size())
		dtype.Decode(values, raw)
		return finite(at, values)
	})
}

// chunk is how many values are looked at at a time.
const chunk = 1 << 15

// raws are buffers of chunks, so that to read a row takes no memory.
var raws = sync.Pool{New: func() any { return new([]byte) }}

// stream gives n values of the window from place from on, piece by piece, as they are stored. The
// sum in the archive is compared where the whole storage is read, as it is but for tensors that
// share one.
func (f *File) stream(w *window, from, n int, each func(at int, raw []byte) error) error {
	entry := f.storages[w.storage.key]
	failed := func(err error) error { return fmt.Errorf("pickle: %s: %w", entry.Name, err) }
	size := dtypes[w.storage.kind].Size()
	var r io.Reader
	whole := w.offset == 0 && from == 0 && uint64(n*size) == entry.UncompressedSize64
	if whole {
		e, err := entry.Open()
		if err != nil {
			return failed(err)
		}
		defer e.Close()
		r = e
	} else {
		begin, err := entry.DataOffset()
		if err != nil {
			return failed(err)
		}
		begin += (w.offset + int64(from)) * int64(size)
		r = io.NewSectionReader(f.archive, begin, int64(n*size))
	}
	buf := raws.Get().(*[]byte)
	defer raws.Put(buf)
	if want := min(n, chunk) * size; cap(*buf) < want {
		*buf = make([]byte, want)
	}
	for at := 0; at < n; at += chunk {
		raw := (*buf)[:min(n-at, chunk)*size]
		if _, err := io.ReadFull(r, raw); err != nil {
			return failed(err)
		}
		if err := each(at, raw); err != nil {
			return err
		}
	}
	if whole {
		if _, err := r.Read((*buf)[:1]); err != io.EOF {
			return failed(err)
		}
	}
	return nil
}

func (w *window) contiguous() bool {
	want := 1
	for i := len(w.shape) - 1; i >= 0; i-- {
		if w.shape[i] > 1 && w.stride[i] != want {
			return false
		}
		want *= w.shape[i]
	}
	return true
}

// gather is dst in row-major order of what lies by strides in src.
func (w *window) gather(dst, src []float32) {
	index := make([]int, len(w.shape))
	at := 0
	for i := range dst {
		dst[i] = src[at]
		for d := len(index) - 1; d >= 0; d-- {
			index[d]++
			at += w.stride[d]
			if index[d] < w.shape[d] {
				break
			}
			at -= index[d] * w.stride[d]
			index[d] = 0
		}
	}
}
