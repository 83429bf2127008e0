package magic

import (
	"errors"
	"fmt"

	"cliplab/kernel/session"
)

// Failure is an error of a cell as notebooks hold it: Name and Value are ename and evalue of
// Jupyter. It is what Interpreter.Execute returns, and the one place where errors of the
// session take this form, for reports (runner.Failure is this type) and the Jupyter kernel.
type Failure struct {
	Name      string   // what kind: "compile error", "panic", "interrupted" …
	Value     string   // the message, one line or few
	Traceback []string // as shown, never nil from Execute; may carry ANSI colours
	Line      int      // 1-based line of the cell, 0 if unknown
	Err       error    // what it was made of: *session.CompileError, *session.RunError …
}

// Error is kind and message.
func (f *Failure) Error() string { return fmt.Sprintf("%s: %s", f.Name, f.Value) }

// Unwrap is what the failure was made of.
func (f *Failure) Unwrap() error { return f.Err }

// AsFailure is an error that did not come from Execute in the same form, or the *Failure that it
// is already.
func AsFailure(err error) *Failure { return asFailure(err, 0).(*Failure) }

// asFailure is what the session or a special line says of cell n; nil stays nil.
func asFailure(err error, n int) error {
	if err == nil {
		return nil
	}
	var f *Failure
	var compile *session.CompileError
	var run *session.RunError
	switch {
	case errors.As(err, &f):
	case errors.As(err, &compile) && len(compile.Diags) > 0:
		f = compileFailure(compile)
	case errors.As(err, &run):
		f = runFailure(run, fmt.Sprintf("In[%d]", n))
	default:
		f = &Failure{Name: "error", Value: err.Error(), Err: err}
	}
	if len(f.Traceback) == 0 {
		f.Traceback = []string{f.Error()}
	}
	return f
}

func compileFailure(e *session.CompileError) *Failure {
	first := e.Diags[0]
	value := first.Msg
	if more := len(e.Diags) - 1; more > 0 {
		value += fmt.Sprintf(" (and %d more)", more)
	}
	return &Failure{Name: "compile error", Value: value, Line: first.Pos.Line,
		Traceback: e.Traceback(), Err: e}
}

func runFailure(e *session.RunError, cell string) *Failure {
	f := &Failure{Name: e.Name, Value: e.Value, Traceback: e.Traceback(), Err: e}
	if e.Name == "exit" {
		f.Value = fmt.Sprintf("os.Exit(%s) ended the cell; the session goes on", e.Value)
		f.Traceback = []string{f.Value}
	}
	for _, frame := range e.Frames { // innermost first: the line of this very cell
		if !frame.Native && frame.Pos.Filename == cell {
			f.Line = frame.Pos.Line
			break
		}
	}
	return f
}
