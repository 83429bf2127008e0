package engine

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"runtime"
)

// unwind is a panic on its way out. All but uwPanic are the engine's own and
// are not seen by recover.
type unwind struct {
	kind      uwKind
	value     any
	code      int
	frames    []Frame
	text      string // of a panic, once it is known
	recovered bool
	left      bool // the goroutine was left behind
}

type uwKind uint8

const (
	uwPanic     uwKind = iota // of the program
	uwInterrupt               // the cell was interrupted
	uwExit                    // os.Exit
	uwGoexit                  // runtime.Goexit
	uwOverflow                // too many calls in flight
)

// errOverflow is the value of the panic that reports endless recursion.
var errOverflow = rtError("stack overflow: too many calls in flight")

// public turns an unwind into the panic that callers of Run see.
func (u *unwind) public() *Panic {
	return &Panic{Value: u.value, Frames: u.frames, text: u.text}
}

// err turns what ended a run into its error.
func (u *unwind) err() error {
	if u == nil {
		return nil
	}
	switch u.kind {
	case uwInterrupt:
		return &Interrupt{Frames: u.frames, Left: u.left}
	case uwExit:
		return &ExitError{Code: u.code}
	case uwGoexit:
		return nil
	}
	return u.public()
}

// rtError is a run-time error of the interpreted program.
type rtError string

func (e rtError) Error() string { return "runtime error: " + string(e) }

// RuntimeError marks it as a runtime.Error.
func (e rtError) RuntimeError() {}

// plainError is a run-time error whose text has no "runtime error: " before it.
type plainError string

func (e plainError) Error() string { return string(e) }

// RuntimeError marks it as a runtime.Error.
func (e plainError) RuntimeError() {}

var _ runtime.Error = rtError("")

// caught turns a recovered Go panic into an unwind. The first time, the
// interpreted calls in flight are recorded.
func (g *gstate) caught(r any) *unwind {
	if g.asleep {
		g.wake()
	}
	if u, ok := r.(*unwind); ok {
		if u.frames == nil {
			u.frames = g.trace()
		}
		return u
	}
	return &unwind{value: r, frames: g.trace()}
}

const maxTrace = 64 // frames kept at each end of a traceback

// trace lists the interpreted calls in flight, innermost first.
func (g *gstate) trace() []Frame {
	n := 0
	for fr := g.top; fr != nil && n <= int(g.limit)+1000; fr = fr.caller {
		n++
	}
	frames := []Frame{}
	i := 0
	for fr := g.top; fr != nil && i <= n; fr = fr.caller {
		if i++; i > maxTrace && i <= n-maxTrace {
			continue
		}
		if fr.body.native {
			continue
		}
		frames = append(frames, fr.describe())
		if fr.native {
			frames = append(frames, Frame{Func: "compiled code", Native: true})
		}
	}
	return frames
}

func (fr *frame) describe() Frame {
	f := Frame{Func: fr.body.fn.name}
	pos := token.NoPos
	if b := fr.body; int(fr.blk) < len(b.blocks) {
		blk := b.blocks[fr.blk]
		for i := min(int(fr.pc), len(blk.pos)-1); i >= 0 && pos == token.NoPos; i-- {
			pos = blk.pos[i]
		}
		for i := int(fr.pc) + 1; i < len(blk.pos) && pos == token.NoPos; i++ {
			pos = blk.pos[i]
		}
	}
	if fn := fr.body.fn.ssa; pos == token.NoPos && fn != nil {
		if pos = emptyLoop(fn.Syntax()); pos == token.NoPos {
			pos = fn.Pos()
		}
	}
	if e := fr.g.e; pos != token.NoPos && e != nil {
		f.Pos = e.position(fr.body.fn.ssa, pos)
	}
	return f
}

// emptyLoop finds the first for {} of a function, which has no instruction with a position.
func emptyLoop(fn ast.Node) (pos token.Pos) {
	if fn == nil {
		return token.NoPos
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if f, ok := n.(*ast.ForStmt); ok && len(f.Body.List) == 0 && pos == token.NoPos {
			pos = f.Pos()
		}
		return pos == token.NoPos
	})
	return pos
}

// checkStop panics if the cell was interrupted. While deferred calls run for that reason, or a
// heeded call is under way, only a second interrupt counts.
func (g *gstate) checkStop() {
	if n := g.x.stop.Load(); n > 1 || n == 1 && g.masked == 0 && !g.x.Heeding() {
		g.raise(&unwind{kind: uwInterrupt})
	}
}

// raise starts an unwinding that compiled code between the interpreted calls
// cannot stop: it is raised again when such code returns.
func (g *gstate) raise(u *unwind) {
	u.frames = g.trace()
	g.pending = u
	g.raised.Store(true)
	panic(u)
}

// resume goes on with an unwinding that compiled code swallowed.
func (g *gstate) resume() {
	if u := g.pending; u != nil && g.masked == 0 {
		panic(u)
	}
}

// overflow ends endless recursion. Deferred calls get some room to run.
func (g *gstate) overflow() {
	if g.masked > 0 && g.top.depth < g.limit+1000 {
		return
	}
	g.raise(&unwind{kind: uwOverflow, value: errOverflow})
}

// goPanic starts a panic of the program.
func goPanic(v any) {
	if v == nil {
		panic(&runtime.PanicNilError{})
	}
	panic(v)
}

// typeErr is the panic of a failed type assertion.
type typeErr string

func (e typeErr) Error() string { return "interface conversion: " + string(e) }

// RuntimeError marks it as a runtime.Error.
func (e typeErr) RuntimeError() {}

func errorf(format string, args ...any) error {
	return errors.New("engine: " + fmt.Sprintf(format, args...))
}
