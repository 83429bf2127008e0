package session

import (
	"fmt"
	"runtime"
	"strings"

	"cliplab/kernel/engine"
)

// RunError says how a running cell ended, if not by itself.
type RunError struct {
	Name   string  // "panic", "runtime error", "interrupted", "exit", "error"
	Value  string  // what was passed to panic, the exit code …
	Frames []Frame // of cells, innermost first; compiled calls between them are folded
}

// Frame is a call that was in flight.
type Frame struct {
	engine.Frame
	Line   string // source line, if the frame is of a cell
	Folded int    // how many frames were left out after this one
}

// Error is the message with the innermost place in a cell.
func (e *RunError) Error() string {
	msg := e.message()
	for _, f := range e.Frames {
		if !f.Native && f.Line != "" {
			return fmt.Sprintf("%s: %s", place(f.Pos), msg)
		}
	}
	return msg
}

func (e *RunError) message() string {
	switch e.Name {
	case "interrupted":
		return e.Value
	case "exit":
		return "exit " + e.Value
	}
	return e.Name + ": " + e.Value
}

// Traceback shows the message, then the calls of cells with their source lines, innermost
// first, in ANSI colours.
func (e *RunError) Traceback() []string {
	out := []string{paint(bold+red, e.message())}
	for i, f := range e.Frames {
		switch {
		case f.Native:
			out = append(out, paint(faint, "  … through compiled code"))
			continue
		}
		how := "called from "
		if i == 0 {
			how = "at "
		}
		head := how + paint(green, place(f.Pos))
		if f.Func != "" {
			head += " in " + f.Func
		}
		out = append(out, head)
		if f.Line != "" { // of a package from source it is not known
			out = append(out, excerpt(f.Line, f.Pos)...)
		}
		if f.Folded > 0 {
			out = append(out, paint(faint, "  … and many more calls"))
		}
	}
	return out
}

// shown is how many frames a traceback has at most, from each end.
const shown = 4

func (s *Session) panicError(p *engine.Panic) *RunError {
	e := &RunError{Name: "panic", Value: p.Error()}
	if _, ok := p.Value.(runtime.Error); ok {
		e.Name, e.Value = "runtime error", strings.TrimPrefix(e.Value, "runtime error: ")
	}
	if strings.HasSuffix(e.Value, "(types from different scopes)") {
		e.Value += ": the value was made before its type was declared again"
	}
	s.addFrames(e, p.Frames)
	return e
}

// interruptError says where the cell was when it was interrupted.
func (s *Session) interruptError(i *engine.Interrupt) *RunError {
	e := &RunError{Name: "interrupted", Value: "interrupted"}
	if i.Left {
		e.Value += "; a compiled call goes on in the background until it returns"
	}
	s.addFrames(e, i.Frames)
	return e
}

// addFrames folds the calls that were in flight to those worth showing.
func (s *Session) addFrames(e *RunError, frames []engine.Frame) {
	for _, f := range frames {
		if f.Native && (len(e.Frames) == 0 || e.Frames[len(e.Frames)-1].Native) {
			continue
		}
		f.Func = s.callee(f.Func)
		if n := len(e.Frames); n > 0 && e.Frames[n-1].Func == f.Func && e.Frames[n-1].Pos == f.Pos {
			e.Frames[n-1].Folded++
			continue
		}
		e.Frames = append(e.Frames, Frame{Frame: f, Line: s.line(f.Pos)})
	}
	if n := len(e.Frames); n > 2*shown {
		e.Frames[shown-1].Folded += n - 2*shown
		e.Frames = append(e.Frames[:shown:shown], e.Frames[n-shown:]...)
	}
}

// PanicError describes a panic of a goroutine, as Exec.OnPanic is told of it.
func (s *Session) PanicError(p *engine.Panic) *RunError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.panicError(p)
}

// callee is the name of a function as its cell wrote it; the cell's own code has none.
func (s *Session) callee(name string) string {
	name = strings.TrimPrefix(name, "main.")
	if strings.HasPrefix(name, cellFunc) {
		return ""
	}
	return marked.ReplaceAllString(name, "")
}
