package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// NewGo returns an executor over a fresh session of Go cells.
func NewGo(opt session.Options) Executor { return &goExecutor{session.New(opt)} }

type goExecutor struct{ s *session.Session }

// patience is how long deferred calls of an interrupted cell may run before they are broken
// off too. It is shorter than the grace of Run.
const patience = 2 * time.Second

// Execute runs a cell. When ctx is done the cell is interrupted.
func (g *goExecutor) Execute(ctx context.Context, source string, out Outputs) (Result, error) {
	x := engine.NewExec(ctx)
	x.Stdout, x.Stderr = out.Stdout, out.Stderr
	x.Display = func(bundle, meta map[string]any, id string, update bool) {
		out.Display(display.Output{Data: bundle, Metadata: meta, ID: id, Update: update})
	}
	background := &panics{x: x}
	x.OnPanic(func(p *engine.Panic) {
		if !background.take(p) {
			fmt.Fprintln(out.Stderr, strings.Join(g.s.PanicError(p).Traceback(), "\n"))
		}
	})
	defer context.AfterFunc(ctx, func() { time.AfterFunc(patience, x.Interrupt) })()
	res, err := g.s.Execute(source, x)
	result := Result{Values: res.Values, Quiet: res.Quiet}
	for _, w := range res.Warnings {
		result.Warnings = append(result.Warnings, w.String())
	}
	if p := background.end(); p != nil {
		failure := g.s.PanicError(p)
		failure.Name += " in a goroutine"
		err = failure
	}
	if err != nil {
		return result, cellFailure(err, res.N)
	}
	return result, nil
}

// panics keeps the first panic of a goroutine of a running cell and interrupts the cell, which
// may wait for that goroutine for ever: Go would end the program.
type panics struct {
	x     *engine.Exec
	mu    sync.Mutex
	first *engine.Panic
	ended bool
}

// take is false for a panic that comes too late for its cell to fail.
func (b *panics) take(p *engine.Panic) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.first != nil {
		return false
	}
	b.first = p
	b.x.Interrupt()
	return true
}

func (b *panics) end() *engine.Panic {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	return b.first
}

// cellFailure is what the session says of cell n, in the runner's terms.
func cellFailure(err error, n int) error {
	var compile *session.CompileError
	var run *session.RunError
	cell := fmt.Sprintf("In[%d]", n)
	switch {
	case errors.As(err, &compile) && len(compile.Diags) > 0:
		first := compile.Diags[0]
		value := first.Msg
		if more := len(compile.Diags) - 1; more > 0 {
			value += fmt.Sprintf(" (and %d more)", more)
		}
		return &Failure{Name: "compile error", Value: value, Line: first.Pos.Line,
			Traceback: compile.Traceback()}
	case errors.As(err, &run):
		f := &Failure{Name: run.Name, Value: run.Value, Traceback: run.Traceback()}
		if run.Name == "exit" {
			f.Value = fmt.Sprintf("os.Exit(%s) ended the cell; the session goes on", run.Value)
			f.Traceback = []string{f.Value}
		}
		for _, frame := range run.Frames { // innermost first: the line of this very cell
			if !frame.Native && frame.Pos.Filename == cell {
				f.Line = frame.Pos.Line
				break
			}
		}
		return f
	}
	return err
}
