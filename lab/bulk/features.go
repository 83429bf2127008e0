package bulk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"cliplab/lab/mapped"
	"cliplab/lab/safetensors"
)

// Features is a matrix of features in a file. The file is mapped, not read: a million rows take
// no memory of the program's own.
type Features struct {
	Path      string
	Rows, Dim int
	Settings  Settings // zero if no .json stands beside the file

	values  []float32    // [Rows, Dim]
	file    *mapped.File // that values are a view of; nil where they are in memory
	release func() error
}

// Open opens features that this package wrote, or a matrix with a row for each picture or caption
// from elsewhere: .npy of little-endian float32, or .safetensors of any type.
//
// The error says what the file holds in its place.
func Open(path string) (*Features, error) {
	f := &Features{Path: path}
	var err error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".npy":
		err = f.openNPY()
	case ".safetensors":
		err = f.openSafe()
	default:
		return nil, fmt.Errorf("bulk: %s: features are in .npy or .safetensors files", path)
	}
	if err != nil && strings.HasPrefix(err.Error(), path+": ") {
		return nil, fmt.Errorf("bulk: features: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("bulk: features: %s: %w", path, err)
	}
	f.Settings, err = ReadSettings(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Features) openNPY() error {
	file, err := os.Open(f.Path)
	if err != nil {
		return pathless(err)
	}
	m, err := mapped.Open(file)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	p, err := readNPY(file, m.Size())
	if err != nil {
		return errors.Join(err, m.Close())
	}
	f.Rows, f.Dim = p.rows, p.dim
	if f.values = m.Floats(p.start, p.rows*p.dim); f.values != nil {
		m.Prefetch()
		f.file, f.release = m, m.Close
		return nil
	}
	f.values, err = readFloats(file, p.start, p.rows*p.dim)
	f.release = func() error { return nil }
	return errors.Join(err, m.Close())
}

// openSafe finds the one matrix in a safetensors file.
func (f *Features) openSafe() error {
	file, err := safetensors.Open(f.Path)
	if err != nil {
		return pathless(err)
	}
	var found []string
	for _, name := range file.Names() {
		if info, _ := file.Info(name); len(info.Shape) == 2 && info.Len() > 0 {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		return errors.Join(fmt.Errorf("want one matrix, it has %q among %d tensors", found,
			len(file.Names())), file.Close())
	}
	shape := file.Shape(found[0])
	f.Rows, f.Dim, f.release = shape[0], shape[1], file.Close
	if f.values, f.file = file.View(found[0]); f.file != nil {
		f.file.Prefetch()
		return nil
	}
	t, err := file.Tensor(found[0])
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.values = t.Data
	return nil
}

// pathless drops a path that the message says anyway.
func pathless(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Close ends the mapping. Rows that were got are gone, too.
func (f *Features) Close() error { return f.release() }

// look runs what reads rows, in this goroutine. The error is that the file was cut meanwhile.
func (f *Features) look(read func()) error {
	if f.file == nil {
		read()
		return nil
	}
	return f.file.Do(read)
}

// Row is one row of the file, not to be changed, and to be looked at only while the file is whole:
// Search gives an error where it was cut.
func (f *Features) Row(i int) []float32 { return f.values[i*f.Dim : (i+1)*f.Dim] }

// place is where in a file a matrix is.
type place struct {
	start     int64
	rows, dim int
}

// check wants the matrix to be within the file.
func (p place) check(size int64) (place, error) {
	if p.rows < 1 || p.dim < 1 {
		return p, fmt.Errorf("no features: the matrix is %d×%d", p.rows, p.dim)
	}
	if room := (size - p.start) / 4; int64(p.dim) > room || int64(p.rows) > room/int64(p.dim) {
		return p, fmt.Errorf("a matrix of %d×%d does not fit in %d bytes; the file is cut off",
			p.rows, p.dim, size)
	}
	return p, nil
}

var (
	npyDescr = regexp.MustCompile(`['"]descr['"]:\s*['"]([^'"]*)['"]`)
	npyOrder = regexp.MustCompile(`['"]fortran_order['"]:\s*(True|False)`)
	npyShape = regexp.MustCompile(`['"]shape['"]:\s*\(([0-9L, ]*)\)`)
)

// readNPY finds the matrix in a file of NumPy's format, version 1, 2 or 3.
func readNPY(r io.ReaderAt, size int64) (place, error) {
	var head [12]byte
	if n, err := r.ReadAt(head[:], 0); n < len(head) {
		return place{}, errors.Join(errors.New("too short for a .npy file"), err)
	}
	if string(head[:6]) != "\x93NUMPY" {
		return place{}, fmt.Errorf("no .npy file: it starts with %q", head[:6])
	}
	start, length := int64(10), int64(binary.LittleEndian.Uint16(head[8:]))
	if head[6] > 1 {
		start, length = 12, int64(binary.LittleEndian.Uint32(head[8:]))
	}
	const most = 1 << 20
	if length > most || start+length > size {
		return place{}, fmt.Errorf("its header has %d bytes", length)
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, start); err != nil {
		return place{}, err
	}
	p, err := parseNPY(text)
	if err != nil {
		return p, err
	}
	p.start = start + length
	return p.check(size)
}

// parseNPY reads the dict of a header.
func parseNPY(text []byte) (place, error) {
	descr, order := npyDescr.FindSubmatch(text), npyOrder.FindSubmatch(text)
	shape := npyShape.FindSubmatch(text)
	if descr == nil || order == nil || shape == nil {
		return place{}, fmt.Errorf("its header is not understood: %.120q", text)
	}
	if string(descr[1]) != "<f4" || string(order[1]) != "False" {
		return place{}, fmt.Errorf("it holds %s, Fortran order %s; save it with "+
			`np.save(path, np.ascontiguousarray(a, "<f4"))`, descr[1], order[1])
	}
	var sizes []int
	for part := range strings.SplitSeq(string(shape[1]), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n > 1<<40 {
			return place{}, fmt.Errorf("its shape is (%s)", shape[1])
		}
		sizes = append(sizes, n)
	}
	if len(sizes) != 2 {
		return place{}, fmt.Errorf("its shape is (%s), want rows and columns", shape[1])
	}
	return place{rows: sizes[0], dim: sizes[1]}, nil
}

// Names gives file and caption of some rows from the file beside the features; without one, a
// row's number takes their place.
func (f *Features) Names(rows []int) ([]Item, error) {
	items := make([]Item, len(rows))
	at := make(map[int][]int, len(rows)) // of a row in items
	last := -1
	for i, row := range rows {
		items[i].Name = fmt.Sprintf("row %d", row)
		at[row] = append(at[row], i)
		last = max(last, row)
	}
	names, err := os.Open(f.Path + ".names.tsv")
	if errors.Is(err, fs.ErrNotExist) {
		return items, nil
	}
	if err != nil {
		return nil, fmt.Errorf("bulk: names: %w", err)
	}
	defer names.Close()
	lines := bufio.NewScanner(names)
	lines.Buffer(make([]byte, 1<<16), 4*longestLine) // quoting may lengthen
	row := 0
	for ; row <= last && lines.Scan(); row++ {
		for _, i := range at[row] {
			name, caption, _ := strings.Cut(lines.Text(), "\t")
			items[i] = Item{Name: unfield(name), Caption: unfield(caption)}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("bulk: %s: %w", names.Name(), err)
	}
	if row <= last {
		return nil, fmt.Errorf("bulk: %s has %d lines for %d rows; it is of other features",
			names.Name(), row, f.Rows)
	}
	return items, nil
}
