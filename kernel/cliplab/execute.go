package main

import (
	"context"
	"sync"

	"cliplab/kernel/display"
	"cliplab/kernel/ipynb"
	"cliplab/kernel/runner"
	"cliplab/lab/progress"
)

// newExecutor makes the session that cells run in; tests put another in its place.
var newExecutor = func() runner.Executor { return runner.Over(newCells()) }

// runNotebook executes one notebook, telling the terminal.
func runNotebook(ctx context.Context, t *terminal, name string, nb *ipynb.Notebook,
	opt runner.Options) (*runner.Summary, error) {
	t.begin(name)
	defer t.end()
	opt.Progress = t.cell
	defer progress.SetSink(&bars{terminal: t, shown: map[*progress.Bar]*display.Handle{}})()
	return runner.Run(ctx, nb, newExecutor(), opt)
}

// bars shows each progress bar as one output of its cell, and on the terminal if there is one.
type bars struct {
	terminal *terminal
	mu       sync.Mutex
	shown    map[*progress.Bar]*display.Handle
}

// Update is part of progress.Sink.
func (b *bars) Update(s progress.State) {
	b.mu.Lock()
	h := b.shown[s.Bar]
	if h == nil {
		h = display.NewHandle()
		b.shown[s.Bar] = h
	}
	if s.Done {
		delete(b.shown, s.Bar)
	}
	b.mu.Unlock()
	h.Update(s)
	if b.terminal != nil {
		b.terminal.bar(s)
	}
}
