package engine

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
)

// Exec is one execution of a cell: where it prints, how it is interrupted. The
// goroutines that the cell starts carry it on.
type Exec struct {
	Stdout io.Writer // nil is the process's own
	Stderr io.Writer // nil is the process's own

	// Stdin is what the cell reads from os.Stdin, also through package fmt; nil is empty.
	// A read that an interrupt ended may still wait: what it gets, the next one has.
	Stdin io.Reader

	// Display shows a bundle of mime type to content in the middle of a cell;
	// update replaces what was shown under displayID. It may be nil.
	Display func(bundle, meta map[string]any, displayID string, update bool)

	// Input asks the user for a line, hidden as it is typed if it is a password; nil is nobody
	// to ask. Clear takes away what the cell has shown, or when it next shows something if wait
	// is set; it may be nil. Package display calls them.
	Input func(prompt string, password bool) (string, error)
	Clear func(wait bool)

	// Number is what the front end counts this cell as; 0 leaves it to the session, below 0 is
	// a cell that is not counted.
	Number int

	stop    atomic.Uint32 // number of interrupts
	ctx     context.Context
	cancel  context.CancelFunc
	hard    chan struct{} // closed by the second interrupt
	mu      sync.Mutex
	fault   error      // why the engine ended the cell, if it did
	place   []Frame    // where a heeded call ended because of an interrupt, see heed.go
	out     sync.Mutex // one write at a time
	in      stdin
	onPanic func(*Panic)

	engine atomic.Pointer[Engine] // that ran it last
	heeded atomic.Int32           // calls under way that may return in their own time
}

// NewExec returns an execution that is interrupted when ctx is done.
func NewExec(ctx context.Context) *Exec {
	x := &Exec{hard: make(chan struct{}), in: stdin{turn: make(chan struct{}, 1)}}
	x.in.turn <- struct{}{}
	x.ctx, x.cancel = context.WithCancel(ctx)
	context.AfterFunc(x.ctx, func() { x.stop.CompareAndSwap(0, 1) })
	return x
}

// Interrupt stops the cell: blocked operations return, deferred calls run, and a compiled call
// that was given a context has time to return, see heed.go. A second call breaks these too.
func (x *Exec) Interrupt() {
	if x.stop.Add(1) == 2 {
		close(x.hard)
	}
	x.cancel()
}

// Interrupted tells whether the cell was interrupted.
func (x *Exec) Interrupted() bool { return x.stop.Load() != 0 }

// Context is cancelled when the cell is interrupted.
func (x *Exec) Context() context.Context { return x.ctx }

// OnPanic sets what is told of panics in goroutines of the cell; without it
// they are printed to Stderr.
func (x *Exec) OnPanic(f func(*Panic)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.onPanic = f
}
