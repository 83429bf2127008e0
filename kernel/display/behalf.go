package display

import (
	"context"
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

// Do calls f on behalf of the cell. The error is what ended f early: its panic, or an
// interrupt of the code that called Do.
func (c Cell) Do(f func()) error { return c.do(nil, f) }

// Capture calls f on behalf of the cell, but what f prints and shows goes to r.
func (c Cell) Capture(r Recorder, f func()) error { return c.do(&r, f) }

func (c Cell) do(r *Recorder, f func()) error {
	ctx := context.Background()
	if now := engine.Current(); now != nil {
		ctx = now.Context()
	}
	var x *engine.Exec
	if c.x != nil {
		x = c.x.Branch(ctx)
	} else {
		x = engine.NewExec(ctx)
	}
	if r != nil {
		x.Stdout, x.Stderr, x.Clear = r.Stdout, r.Stderr, r.Clear
		x.Display = func(data, metadata map[string]any, id string, update bool) {
			r.Show(Output{Data: data, Metadata: metadata, ID: id, Update: update})
		}
		x.OnPanic(func(p *engine.Panic) { fmt.Fprintf(r.Stderr, "panic: %s\n", p.Error()) })
	}
	return x.Do(f)
}
