package engine

import (
	"fmt"
	"io"
	"os"
	"reflect"
)

// stdin is the input of a cell. The reader is asked on a goroutine of its own, so that a
// cell that waits for input can be interrupted; what arrives afterwards is kept for the
// next read.
type stdin struct {
	turn chan struct{} // holds a token while nobody reads
	left []byte
	err  error
}

// asked is the most that is read at once.
const asked = 32 << 10

// read reads from the input of the cell; g is the running goroutine, nil for one of
// compiled code.
func (x *Exec) read(g *gstate, p []byte) (int, error) {
	if x == nil || x.Stdin == nil {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	stopped := x.ctx.Done()
	if g != nil {
		stopped = g.stopped()
	}
	select {
	case <-x.in.turn:
	case <-stopped:
		return 0, g.endRead()
	}
	if len(x.in.left) > 0 || x.in.err != nil {
		return x.in.take(p)
	}
	done := make(chan struct{})
	size := min(len(p), asked)
	go func() {
		defer close(done)
		x.in.ask(x.Stdin, size)
	}()
	select {
	case <-done:
		return x.in.take(p)
	case <-stopped:
		go func() { <-done; x.in.turn <- struct{}{} }()
		return 0, g.endRead()
	}
}

// ask fills the buffer from r. A panic of the reader is an error of the read.
func (s *stdin) ask(r io.Reader, size int) {
	defer func() {
		if fault := recover(); fault != nil {
			s.err = errorf("the reader of the input failed: %v", fault)
		}
	}()
	buf := make([]byte, size)
	n, err := r.Read(buf)
	s.left, s.err = buf[:min(max(n, 0), size)], err
}

// take hands out what was read and gives the turn back. An error is told once: the reader
// may have more to say later.
func (s *stdin) take(p []byte) (n int, err error) {
	n = copy(p, s.left)
	s.left = s.left[n:]
	if len(s.left) == 0 {
		err, s.err = s.err, nil
	}
	s.turn <- struct{}{}
	return n, err
}

// endRead lets the interrupt go on when the compiled code that reads has returned.
func (g *gstate) endRead() error {
	if g != nil {
		g.x.stop.CompareAndSwap(0, 1)
		if g.masked == 0 {
			g.pending = &unwind{kind: uwInterrupt, frames: g.trace()}
		}
	}
	return ErrInterrupted
}

// scanFrom makes fmt.Scan and its like read the input of the cell.
func scanFrom(f func(r io.Reader, a ...any) (int, error)) overrider {
	return func(_ *Engine, args, res []uintptr) op {
		return func(fr *frame) {
			n, err := f(fr.input(), *at[[]any](fr, args[0])...)
			after(fr)
			setResults(fr, res, n, err)
		}
	}
}

func ovScanf(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		n, err := fmt.Fscanf(fr.input(), *at[string](fr, args[0]), *at[[]any](fr, args[1])...)
		after(fr)
		setResults(fr, res, n, err)
	}
}

// input is os.Stdin for compiled code that this frame calls.
func (fr *frame) input() io.Reader {
	if isHosts(os.Stdin) {
		return &stdio{os.Stdin, fr.g.x}
	}
	return os.Stdin
}

// ovFileRead reads the input of the cell if the file is os.Stdin.
func ovFileRead(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		f, p := *at[*os.File](fr, args[0]), *at[[]byte](fr, args[1])
		var n int
		var err error
		if h := hostFiles.Load(); f != nil && h != nil && f == h.in {
			n, err = fr.g.x.read(fr.g, p)
		} else {
			n, err = f.Read(p)
		}
		after(fr)
		setResults(fr, res, n, err)
	}
}

// ovFileClose leaves the files of the host open.
func ovFileClose(_ *Engine, args, res []uintptr) op {
	return func(fr *frame) {
		*at[error](fr, res[0]) = nil
		if f := *at[*os.File](fr, args[0]); !isHosts(f) {
			*at[error](fr, res[0]) = f.Close()
		}
	}
}

// stdioSwap returns what replaces os.Stdin, os.Stdout and os.Stderr, when they become a
// reader or writer for compiled code, by ones that know the cell.
func (e *Engine) stdioSwap(rt, it reflect.Type) func(fr *frame, w *iword) {
	if rt != reflect.TypeFor[*os.File]() || it.NumMethod() == 0 {
		return nil
	}
	mine := reflect.TypeFor[*stdio]()
	if !mine.Implements(it) {
		return nil
	}
	tab := itabOf(it, typeWord(mine))
	return func(fr *frame, w *iword) {
		if f := (*os.File)(w.data); isHosts(f) {
			s := &stdio{f, fr.g.x}
			w.data, w.tab = ptr(s), tab
		}
	}
}
