package main

import (
	"context"
	"io"
	"sync"

	"cliplab/kernel/magic"
	"cliplab/kernel/modules"
	"cliplab/kernel/runner"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// newCells makes what runs the cells of one notebook: a session in which the lab is compiled in,
// and which can fetch other modules.
func newCells() *magic.Interpreter {
	f := &fetched{}
	return magic.New(f.session, magic.Options{Modules: f, Version: runner.Version()})
}

// fetched is the modules of the present session; a session made anew keeps them.
type fetched struct {
	mu  sync.Mutex
	set *modules.Set
}

func (f *fetched) session() *session.Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.set == nil {
		f.set = modules.New(symbols.New(), modules.Options{Paths: symbols.Paths})
	} else {
		f.set = f.set.Fresh(symbols.New())
	}
	return session.New(session.Options{Packages: f.set, Paths: f.set.Paths, Docs: symbols.Docs})
}

func (f *fetched) now() *modules.Set {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.set
}

// Get is part of magic.Modules.
func (f *fetched) Get(ctx context.Context, spec string, out io.Writer) error {
	return f.now().Get(ctx, spec, out)
}

// ModFile is part of magic.Modules.
func (f *fetched) ModFile() []byte { return f.now().ModFile() }

// Save is part of magic.Modules.
func (f *fetched) Save(dir string) error { return f.now().Save(dir) }
