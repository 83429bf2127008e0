package engine

import (
	"context"
	"fmt"
	"reflect"
	"sync"
)

// Current returns the execution that the calling goroutine belongs to, nil if it runs no cell.
// Compiled code asks it where to show what a cell wants shown.
func Current() *Exec { return currentExec() }

// Branch returns an execution that prints, shows and asks where x does, until its fields are
// set to something else. It is interrupted when ctx is done, whatever happens to x: callbacks
// of a cell that has ended run in branches.
func (x *Exec) Branch(ctx context.Context) *Exec {
	b := NewExec(ctx)
	b.Stdout, b.Stderr, b.Stdin = x.Stdout, x.Stderr, x.Stdin
	b.Display, b.Input, b.Clear, b.Number = x.Display, x.Input, x.Clear, x.Number
	x.mu.Lock()
	b.onPanic = x.onPanic
	x.mu.Unlock()
	b.engine.Store(x.engine.Load())
	return b
}

// Do calls f on the calling goroutine: interpreted code that it calls belongs to x. The error
// is what ended f early, as of Engine.Run; a panic of compiled code is a *Panic too.
func (x *Exec) Do(f func()) error {
	e := x.engine.Load()
	if e == nil {
		e = nowhere()
	}
	g := e.root(x)
	if outer := currentG(); outer != nil { // calls within calls within calls must have an end
		g.top.depth = outer.top.depth + callbackDepth
		if g.top.depth > g.limit {
			return (&unwind{value: errOverflow, frames: outer.trace()}).err()
		}
	}
	e.rest.awake.Add(1)
	defer e.goneToSleep()
	u := g.runRoot(func(*frame) { f() })
	u.settle(g)
	return x.outcome(u)
}

func currentG() *gstate { return findG(gid()) }

// ParamNames is the names of the parameters of a func value of a cell, nil for what is none.
// A parameter without a name is "" or "_".
func ParamNames(f any) []string {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil
	}
	fn := nowhere().unwrapper(v.Type())(funcWord(v)).fn
	if fn.ssa == nil {
		return nil
	}
	params := fn.ssa.Signature.Params()
	names := make([]string, params.Len())
	for i := range names {
		names[i] = params.At(i).Name()
	}
	return names
}

// nowhere is the engine of executions that have not run a cell.
var nowhere = sync.OnceValue(func() *Engine { return New(Config{}) })

// Report tells the cell of a panic that ended code of its own, but not the cell: see OnPanic.
func (x *Exec) Report(p *Panic) {
	x.mu.Lock()
	f := x.onPanic
	x.mu.Unlock()
	if f != nil {
		f(p)
		return
	}
	w := x.stderr()
	fmt.Fprintf(w, "panic: %s [in a goroutine]\n", p.Error())
	for _, fr := range p.Frames {
		fmt.Fprintf(w, "\t%s %s\n", fr.Func, fr.Pos)
	}
}

// String lets code that recovered from an unwinding of the engine's own say what it was.
func (u *unwind) String() string {
	if err := u.err(); err != nil {
		return err.Error()
	}
	return "runtime.Goexit"
}
