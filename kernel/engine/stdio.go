package engine

import (
	"context"
	"io"
	"log"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
)

var typeFunc = reflect.TypeFor[func()]()

// background is the execution of goroutines that belong to no cell.
var background = sync.OnceValue(func() *Exec { return NewExec(context.Background()) })

// stdFiles are os.Stdin, os.Stdout and os.Stderr as the host of the engine set them.
type stdFiles struct{ in, out, err *os.File }

var (
	hostFiles   atomic.Pointer[stdFiles]
	cellsAssign atomic.Bool // cells assign os.Stdout or its like
)

// noteFiles remembers the host's files before a cell runs, until a cell assigns others.
func noteFiles() {
	now := stdFiles{os.Stdin, os.Stdout, os.Stderr}
	if old := hostFiles.Load(); old == nil || !cellsAssign.Load() && *old != now {
		hostFiles.Store(&now)
	}
}

// isHosts tells whether f is one of the files that stand for the streams of the cell.
func isHosts(f *os.File) bool {
	h := hostFiles.Load()
	return f != nil && h != nil && (f == h.in || f == h.out || f == h.err)
}

// stdio is os.Stdin, os.Stdout or os.Stderr as compiled code sees it that a cell calls: it
// reads and writes the streams of the cell.
type stdio struct {
	*os.File
	x *Exec // of the goroutine that handed it over
}

// exec is the execution of the running goroutine; compiled code's own goroutines use the
// one of the cell that called it.
func (s *stdio) exec() *Exec {
	if x := currentExec(); x != nil {
		return x
	}
	return s.x
}

// Read reads the input of the cell.
func (s *stdio) Read(p []byte) (int, error) {
	if h := hostFiles.Load(); s.File != h.in {
		return s.File.Read(p)
	}
	return s.exec().read(findG(gid()), p)
}

// Write writes to the output of the cell.
func (s *stdio) Write(p []byte) (int, error) { return s.exec().fileWriter(s.File).Write(p) }

// WriteString writes to the output of the cell.
func (s *stdio) WriteString(t string) (int, error) { return s.Write([]byte(t)) }

// ReadFrom copies r to the output of the cell.
func (s *stdio) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(s.exec().fileWriter(s.File), r)
}

// WriteTo copies the input of the cell to w.
func (s *stdio) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{s})
}

// Close does nothing: the streams are the host's.
func (s *stdio) Close() error { return nil }

// currentExec returns the execution of the running goroutine, nil for none.
func currentExec() *Exec {
	if g := findG(gid()); g != nil {
		return g.x
	}
	return nil
}

// fileWriter returns where writes to f go.
func (x *Exec) fileWriter(f *os.File) io.Writer {
	switch h := hostFiles.Load(); {
	case h == nil || f == nil:
	case f == h.out:
		return x.stdout()
	case f == h.err:
		return x.stderr()
	}
	return f
}

// routeLog sends package log's default logger to the cell of the goroutine that
// logs.
var routeLog = sync.OnceFunc(func() {
	if log.Writer() == io.Writer(os.Stderr) {
		noteFiles()
		log.SetOutput(&stdio{File: os.Stderr})
	}
})

// printer is where fmt.Print prints: the cell, unless it assigned another os.Stdout.
func (x *Exec) printer() io.Writer {
	if cellsAssign.Load() {
		return x.fileWriter(os.Stdout)
	}
	return x.stdout()
}

func (x *Exec) stdout() io.Writer {
	if x == nil {
		return os.Stdout
	}
	return x.writer(x.Stdout, os.Stdout)
}

func (x *Exec) stderr() io.Writer {
	if x == nil {
		return os.Stderr
	}
	return x.writer(x.Stderr, os.Stderr)
}

// writer returns w guarded against the other goroutines of the cell, or f if w is
// nil or there is no cell.
func (x *Exec) writer(w io.Writer, f *os.File) io.Writer {
	if w == nil {
		return f
	}
	return &cellWriter{x, w}
}

// cellWriter lets one goroutine of a cell write at a time.
type cellWriter struct {
	x *Exec
	w io.Writer
}

func (c *cellWriter) Write(p []byte) (int, error) {
	c.x.out.Lock()
	defer c.x.out.Unlock()
	return c.w.Write(p)
}
