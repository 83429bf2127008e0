package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	maxFile  = 16 << 20 // bytes; beyond, the oldest half goes whatever the count
	lockWait = 250 * time.Millisecond
)

// file is the history on disk. One goroutine at a time writes it; others may read.
type file struct {
	path  string
	limit int
	lines int // in the file when last seen, and our own since
	write func(*os.File, []byte) (int, error)
}

// append takes a session number if session is 0, adds the entries as of that session, and
// returns the number. It is what the next number would be even where nothing can be written.
func (f *file) append(session int, entries []Entry) (int, error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return max(session, 1), err
	}
	release, locked := acquire(f.path+".lock", lockWait)
	defer release()
	var text []byte
	if session == 0 {
		old, err := readTail(f.path)
		if err != nil {
			return 1, err
		}
		var top int
		f.lines, top = survey(old)
		session = top + 1
		text, f.lines = appendLine(text, Entry{Session: session}), f.lines+1
	}
	for _, e := range entries {
		e.Session = session
		text, f.lines = appendLine(text, e), f.lines+1
	}
	size, err := f.add(text, locked)
	if err != nil || !locked {
		return session, err
	}
	if f.lines > f.limit+f.limit/5+1 || size > maxFile {
		err = f.compact()
		if err != nil && size < 4*maxFile {
			err = nil // the lines are safe; the next append tries again
		}
	}
	return session, err
}

// add appends text with one write, and returns the size of the file after it.
func (f *file) add(text []byte, locked bool) (int64, error) {
	if err := regular(f.path); err != nil {
		return 0, err
	}
	w, err := os.OpenFile(f.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	info, err := w.Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size()
	var last [1]byte
	if _, err := w.ReadAt(last[:], size-1); size > 0 && (err != nil || last[0] != '\n') {
		text = append([]byte{'\n'}, text...) // a torn line must not swallow ours
	}
	n, err := f.write(w, text)
	if err != nil && n > 0 && locked {
		err = errors.Join(err, w.Truncate(size)) // a full disk keeps no halves
	}
	return size + int64(n), err
}

// compact keeps the newest lines, at most the limit and half of maxFile, and the largest
// session number, which a running kernel may have. The caller holds the lock.
func (f *file) compact() error {
	text, err := readTail(f.path)
	if err != nil {
		return err
	}
	_, top := survey(text)
	var kept [][]byte // newest first
	for size := 0; len(kept) < f.limit && len(text) > 0; {
		i := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
		line := text[i:]
		text = text[:i]
		if sessionOf(line) == 0 || line[len(line)-1] != '\n' {
			continue
		}
		if size += len(line); size > maxFile/2 {
			break
		}
		kept = append(kept, line)
	}
	out := appendLine(nil, Entry{Session: top})
	for i := len(kept) - 1; i >= 0; i-- {
		out = append(out, kept[i]...)
	}
	f.lines = len(kept) + 1
	return f.replace(out)
}

// replace puts text in the place of the file, whole or not at all.
func (f *file) replace(text []byte) (err error) {
	path := f.path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a file kept elsewhere stays there
	}
	w, err := os.CreateTemp(filepath.Dir(path), ".history-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			w.Close()
			os.Remove(w.Name())
		}
	}()
	if _, err := f.write(w, text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.Rename(w.Name(), path)
}

// readTail reads the file, of one that grew beyond measure the end. No file is no history.
func readTail(path string) ([]byte, error) {
	if err := regular(path); err != nil {
		return nil, err
	}
	r, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return nil, err
	}
	size := min(info.Size(), 4*maxFile)
	text := make([]byte, size)
	n, err := r.ReadAt(text, info.Size()-size)
	if errors.Is(err, io.EOF) { // made shorter meanwhile
		err = nil
	}
	return text[:n], err
}

// regular refuses folders, pipes and devices: opening or reading one may never end.
func regular(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Mode().IsRegular() {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("%s is no regular file", path)
	}
	return err
}

// acquire takes the lock if it can be had in time. A kernel that was stopped while holding it
// must not stop the others: without the lock they append, in one write, and compact nothing.
func acquire(path string, wait time.Duration) (release func(), locked bool) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return func() {}, false
	}
	for end := time.Now().Add(wait); ; time.Sleep(5 * time.Millisecond) {
		if lock(f) == nil {
			return func() { f.Close() }, true // closing unlocks
		}
		if time.Now().After(end) {
			f.Close()
			return func() {}, false
		}
	}
}
