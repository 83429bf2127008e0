package display

import (
	"context"
	"errors"
	"fmt"
	"io"

	"cliplab/kernel/engine"
)

// Cell is one execution of a cell of the notebook. It stays of use after the execution has
// ended: what is done on behalf of the cell still prints and shows among its outputs.
// The zero Cell is none.
type Cell struct{ x *engine.Exec }

// Here returns the cell that the calling goroutine belongs to.
func Here() Cell { return Cell{engine.Current()} }

// Recorder takes what code prints and shows, in place of the cell. Its functions may be called
// from several goroutines at once.
type Recorder struct {
	Stdout, Stderr io.Writer
	Show           Sink
	Clear          func(wait bool)
}

// Do calls f on behalf of the cell. The error is what ended f early: its panic, of which the
// cell has been told already, or an interrupt of the code that called Do.
func (c Cell) Do(f func()) error { return c.do(nil, f) }

// Capture calls f on behalf of the cell, but what f prints and shows goes to r. The error is
// what ended f early.
func (c Cell) Capture(r Recorder, f func()) error { return c.do(&r, f) }

func (c Cell) do(r *Recorder, f func()) error {
	x := engine.NewExec(context.Background())
	if c.x != nil {
		x = c.x.Branch(context.Background())
	}
	// While f runs, an interrupt of what called it stops it; goroutines that it leaves behind
	// live on as those of cells do.
	now := engine.Current()
	if now != nil {
		defer context.AfterFunc(now.Context(), x.Interrupt)()
	}
	// A cell that has ended has nobody to ask any more: only what runs now may.
	x.Input, x.Stdin = nil, nil
	if now != nil {
		x.Input, x.Stdin = now.Input, now.Stdin
	}
	if r != nil {
		r.redirect(x)
	}
	err := x.Do(f)
	var p *engine.Panic
	if r == nil && errors.As(err, &p) {
		x.Report(p)
	}
	return err
}

// redirect makes x print and show to the recorder.
func (r *Recorder) redirect(x *engine.Exec) {
	x.Stdout, x.Stderr, x.Clear = r.Stdout, r.Stderr, r.Clear
	x.Display = func(data, metadata map[string]any, id string, update bool) {
		r.Show(Output{Data: data, Metadata: metadata, ID: id, Update: update})
	}
	x.OnPanic(func(p *engine.Panic) { fmt.Fprintf(r.Stderr, "panic: %s\n", p.Error()) })
}
