package engine

import (
	"context"
	"io"
	"log"
	"os"
	"reflect"
	"sync"
)

var typeFunc = reflect.TypeFor[func()]()

// background is the execution of goroutines that belong to no cell.
var background = sync.OnceValue(func() *Exec { return NewExec(context.Background()) })

// stdio is os.Stdout or os.Stderr as cells see it: it writes to the cell of the
// running goroutine.
type stdio struct{ *os.File }

// Write writes to the output of the cell.
func (s *stdio) Write(p []byte) (int, error) { return currentExec().fileWriter(s.File).Write(p) }

// WriteString writes to the output of the cell.
func (s *stdio) WriteString(t string) (int, error) { return s.Write([]byte(t)) }

// ReadFrom copies r to the output of the cell.
func (s *stdio) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(currentExec().fileWriter(s.File), r)
}

// currentExec returns the execution of the running goroutine, nil for none.
func currentExec() *Exec {
	if g := findG(gid()); g != nil {
		return g.x
	}
	return nil
}

// fileWriter returns where writes to f go.
func (x *Exec) fileWriter(f *os.File) io.Writer {
	switch f {
	case os.Stdout:
		return x.stdout()
	case os.Stderr:
		return x.stderr()
	}
	return f
}

// routeLog sends package log's default logger to the cell of the goroutine that
// logs.
var routeLog = sync.OnceFunc(func() {
	if log.Writer() == io.Writer(os.Stderr) {
		log.SetOutput(&stdio{os.Stderr})
	}
})

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
