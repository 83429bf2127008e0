package magic

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"cliplab/kernel/engine"
)

// patience is how long deferred calls of an interrupted cell may run before they are broken
// off too.
const patience = 2 * time.Second

// guard keeps the first panic of a goroutine of a running cell and interrupts the cell, which
// may wait for that goroutine for ever: Go would end the program. It also breaks off what
// does not stop when it is interrupted.
type guard struct {
	x     *engine.Exec
	calm  func() bool
	mu    sync.Mutex
	first *engine.Panic
	ended bool
}

func newGuard(i *Interpreter, x *engine.Exec) *guard {
	g := &guard{x: x}
	g.calm = context.AfterFunc(x.Context(), g.breakOff)
	x.OnPanic(func(p *engine.Panic) {
		if !g.take(p) && x.Stderr != nil {
			fmt.Fprintln(x.Stderr, strings.Join(i.Session().PanicError(p).Traceback(), "\n"))
		}
	})
	return g
}

// breakOff interrupts the cell a second time after a while, unless a compiled call is about to
// return by itself: the engine says how long that may take.
func (g *guard) breakOff() {
	time.AfterFunc(patience, func() {
		if g.x.Heeding() {
			g.breakOff()
			return
		}
		g.x.Interrupt()
	})
}

// take is false for a panic that comes too late for its cell to fail.
func (g *guard) take(p *engine.Panic) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended || g.first != nil {
		return false
	}
	g.first = p
	g.x.Interrupt()
	return true
}

// end gives the panic that the cell must fail with; later ones are only told.
func (g *guard) end() *engine.Panic {
	g.calm()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	return g.first
}
