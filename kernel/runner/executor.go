package runner

import (
	"context"
	"io"

	"cliplab/kernel/display"
	"cliplab/kernel/magic"
)

// Executor runs cells one after the other in one session.
type Executor interface {
	// Execute runs a cell until it ends or ctx is done. An error of the cell is a *Failure.
	Execute(ctx context.Context, source string, out Outputs) (Result, error)
}

// Outputs is where a running cell prints and shows. All of it is safe for concurrent use, and
// may be used by goroutines of the cell after the cell has ended.
type Outputs struct {
	Stdout, Stderr io.Writer
	Display        display.Sink
	Clear          func(wait bool) // see display.Clear
}

// Result is what a cell that succeeded gives.
type Result struct {
	Data, Metadata map[string]any // the bundle of the last expression; nil: nothing to show
	Warnings       []string       // one line each
	Notes          []string       // what was done for the user, such as adding an import
}

// Failure is an error of a cell: name, message, traceback and line.
type Failure = magic.Failure
