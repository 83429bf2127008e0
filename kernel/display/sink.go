package display

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"cliplab/kernel/engine"
)

// Output is one thing shown while a cell runs.
type Output struct {
	Data, Metadata map[string]any
	ID             string // display id; empty if the output will never change
	Update         bool   // replace the outputs that carry ID, instead of adding one
}

// Sink receives what cells show. It may be called from several goroutines at once.
type Sink func(Output)

var (
	sinkMu sync.RWMutex
	sink   Sink
)

// SetSink makes s the receiver of all outputs, and returns a function that brings back the one
// before. The runner sets it for the running cell; without a sink outputs print as text.
func SetSink(s Sink) (restore func()) {
	sinkMu.Lock()
	defer sinkMu.Unlock()
	old := sink
	sink = s
	return func() {
		sinkMu.Lock()
		defer sinkMu.Unlock()
		sink = old
	}
}

// Emit hands an output to the cell of the calling goroutine, also after that cell has ended,
// and to the current sink if the goroutine belongs to none.
func Emit(o Output) { emit(engine.Current(), o) }

func emit(x *engine.Exec, o Output) {
	if x != nil && x.Display != nil {
		x.Display(o.Data, o.Metadata, o.ID, o.Update)
		return
	}
	sinkMu.RLock()
	s := sink
	sinkMu.RUnlock()
	if s == nil {
		fmt.Fprintln(os.Stdout, o.Data[MimeText])
		return
	}
	s(o)
}

// Show displays values now, each as an output of its own, in the middle of a cell.
func Show(vs ...any) {
	for _, v := range vs {
		data, metadata := Bundle(v)
		Emit(Output{Data: data, Metadata: metadata})
	}
}

// Handle is one output that can change, while the cell runs and afterwards. It may be updated
// from any goroutine, and belongs to the cell that showed it first.
type Handle struct {
	id    string
	mu    sync.Mutex
	cell  *engine.Exec
	shown bool
}

var handles atomic.Int64

// NewHandle returns a handle that shows nothing until its first Update.
func NewHandle() *Handle {
	return &Handle{id: fmt.Sprintf("cliplab-%d-%d", os.Getpid(), handles.Add(1)),
		cell: engine.Current()}
}

// Update shows v in the place of what the handle showed before.
func (h *Handle) Update(v any) {
	data, metadata := Bundle(v)
	h.mu.Lock()
	defer h.mu.Unlock()
	if x := engine.Current(); !h.shown && x != nil {
		h.cell = x
	}
	emit(h.cell, Output{Data: data, Metadata: metadata, ID: h.id, Update: h.shown})
	h.shown = true
}
