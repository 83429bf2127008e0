package bulk

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"time"

	"cliplab/lab/filelock"
)

// output is a growing file of features and the names of its rows. Rows are written before their
// names and names before the header, so that after any end what both have is whole.
type output struct {
	path     string
	settings Settings
	format   format
	unlock   func()
	data     *os.File
	names    *os.File
	skipped  *os.File // nil until something is
	rows     int
	start    int64 // of the rows in data
	row      []byte
	kept     time.Time

	before map[uint64]int // names of rows of earlier runs, with how often
}

// openOutput starts a file, or goes on with one.
func openOutput(path string, s Settings, overwrite bool) (o *output, err error) {
	f, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	unlock, ok, err := filelock.TryLock(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("bulk: %s cannot be written: %w", path, err)
	}
	if !ok {
		return nil, fmt.Errorf("bulk: another run is writing %s; wait for it, or give another name",
			path)
	}
	o = &output{path: path, settings: s, format: f, unlock: unlock, before: map[uint64]int{},
		kept: time.Now()}
	defer func() {
		if err != nil {
			o.abandon()
		}
	}()
	if overwrite {
		if err := discard(path); err != nil {
			return o, err
		}
	}
	there, err := s.check(path)
	if err != nil {
		return o, err
	}
	if !there { // what stands beside it is of nothing
		if err := discard(path); err != nil {
			return o, err
		}
		if err := s.write(path); err != nil {
			return o, fmt.Errorf("bulk: %w", err)
		}
	}
	return o, o.open()
}

func discard(path string) error {
	for _, suffix := range []string{"", ".names.tsv", ".skipped.tsv", ".json"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("bulk: %w", err)
		}
	}
	return nil
}

// open opens both files and cuts them to the rows that both have.
func (o *output) open() (err error) {
	if o.data, err = os.OpenFile(o.path, os.O_CREATE|os.O_RDWR, 0o666); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	o.names, err = os.OpenFile(o.path+".names.tsv", os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	header, err := o.format.header(o.settings, 0)
	if err != nil {
		return fmt.Errorf("bulk: %s: %w", o.path, err)
	}
	o.start = int64(len(header))
	size, err := o.data.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	whole := int(max(size-o.start, 0) / int64(4*o.settings.Dim))
	end, err := o.readNames(whole)
	if err != nil {
		return err
	}
	if err := o.names.Truncate(end); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	if _, err := o.names.Seek(end, io.SeekStart); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	at := o.start + int64(o.rows)*int64(4*o.settings.Dim)
	if err := o.data.Truncate(at); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	if _, err := o.data.Seek(at, io.SeekStart); err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	if err := os.Remove(o.path + ".skipped.tsv"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("bulk: %w", err) // what was skipped is tried again
	}
	return o.writeHeader()
}

// readNames takes up to most complete lines, and gives where they end.
func (o *output) readNames(most int) (end int64, err error) {
	r := bufio.NewReaderSize(o.names, 1<<16)
	for o.rows < most {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return end, nil
		}
		if err != nil {
			return end, fmt.Errorf("bulk: %w", err)
		}
		o.before[key(strings.TrimSuffix(line, "\n"))]++
		end += int64(len(line))
		o.rows++
	}
	return end, nil
}

var seed = maphash.MakeSeed()

func key(line string) uint64 { return maphash.String(seed, line) }

// line is how the names list an item.
func (i Item) line() string {
	if i.Path == "" || i.Caption == "" {
		return field(i.Name)
	}
	return field(i.Name) + "\t" + field(i.Caption)
}

// has says, once for each row, whether an earlier run wrote the item.
func (o *output) has(item Item) bool {
	k := key(item.line())
	if o.before[k] == 0 {
		return false
	}
	o.before[k]--
	return true
}

// write appends rows.
//
//	features [len(items), dim]
func (o *output) write(items []Item, features []float32) error {
	dim := o.settings.Dim
	o.row = o.row[:0]
	for i, v := range features {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("bulk: %s gives %v in dimension %d of %s; is the model damaged?",
				o.settings.Model, v, i%dim, items[i/dim].Name)
		}
		o.row = binary.LittleEndian.AppendUint32(o.row, math.Float32bits(v))
	}
	if _, err := o.data.Write(o.row); err != nil {
		return o.failure(err)
	}
	var names bytes.Buffer
	for _, item := range items {
		names.WriteString(item.line() + "\n")
	}
	if _, err := o.names.Write(names.Bytes()); err != nil {
		return o.failure(err)
	}
	o.rows += len(items)
	const every = 10 * time.Second
	if time.Since(o.kept) < every {
		return nil
	}
	o.kept = time.Now()
	return o.keep()
}

// keep makes the rows so far safe from a failure of power, too.
func (o *output) keep() error {
	if err := errors.Join(o.data.Sync(), o.names.Sync()); err != nil {
		return o.failure(err)
	}
	return o.writeHeader()
}

func (o *output) writeHeader() error {
	header, err := o.format.header(o.settings, o.rows)
	if err != nil {
		return o.failure(err)
	}
	if _, err := o.data.WriteAt(header, 0); err != nil {
		return o.failure(err)
	}
	return nil
}

func (o *output) failure(err error) error {
	return fmt.Errorf("bulk: %s, after %d rows: %w; the same command goes on from there", o.path,
		o.rows, err)
}

// skip lists an item that has no row.
func (o *output) skip(item Item, reason error) (err error) {
	if o.skipped == nil {
		if o.skipped, err = os.Create(o.path + ".skipped.tsv"); err != nil {
			return o.failure(err)
		}
	}
	text := strings.Join(strings.Fields(reason.Error()), " ")
	if _, err := fmt.Fprintf(o.skipped, "%s\t%s\n", field(item.Name), field(text)); err != nil {
		return o.failure(err)
	}
	return nil
}

// close makes what there is a file that others read.
func (o *output) close() error {
	err := o.keep()
	return errors.Join(err, o.abandon())
}

// abandon closes the files as they are.
func (o *output) abandon() error {
	var errs []error
	for _, f := range []*os.File{o.data, o.names, o.skipped} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	os.Remove(o.path + ".lock") // of no use without a run
	o.unlock()
	return errors.Join(errs...)
}
