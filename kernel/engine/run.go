package engine

import (
	"runtime/debug"
	"time"
)

// grace is how long an interrupted cell may take before it is given up. Interpreted code
// ends within microseconds; a compiled call may not look for interrupts at all.
const grace = 100 * time.Millisecond

// Interrupt is the error of a cell that was interrupted; errors.Is takes it for
// ErrInterrupted.
type Interrupt struct {
	Frames []Frame // innermost first
	// Left tells that a compiled call did not return: its goroutine was left behind and
	// ends at its next interpreted instruction.
	Left bool
}

func (i *Interrupt) Error() string {
	if i.Left {
		return ErrInterrupted.Error() + "; a compiled call goes on until it returns"
	}
	return ErrInterrupted.Error()
}

// Unwrap returns ErrInterrupted.
func (i *Interrupt) Unwrap() error { return ErrInterrupted }

// run runs f on a goroutine of its own, so that the caller survives what ends goroutines
// and gets the session back when compiled code cannot be stopped.
func (e *Engine) run(x *Exec, f *function) error {
	e.last.Store(x)
	x.engine.Store(e)
	noteFiles()
	g := e.root(x)
	g.main = true
	done := make(chan *unwind, 1)
	e.begin(x)
	go func() {
		u := &unwind{kind: uwGoexit} // if compiled code calls runtime.Goexit
		defer func() {
			e.finish(x)
			done <- u
		}()
		u = g.runRoot(func(fr *frame) {
			nf := fr.push(f.code())
			nf.body.exec(nf)
			fr.pop(nf)
		})
		u.settle(g)
	}()
	select {
	case u := <-done:
		return x.outcome(u)
	case <-x.ctx.Done():
	}
	return g.await(done)
}

// await waits for the end of an interrupted run. Deferred calls of interpreted code may take
// their time until the second interrupt, and so may a heeded call as far as courtesy goes.
func (g *gstate) await(done <-chan *unwind) error {
	x := g.x
	x.stop.CompareAndSwap(0, 1)
	hard, late := x.hard, time.After(courtesy)
	for {
		t := time.NewTimer(grace)
		select {
		case u := <-done:
			t.Stop()
			return x.outcome(u)
		case <-t.C:
		}
		if x.Heeding() && hard != nil {
			select {
			case <-late:
				x.Interrupt()
			case <-hard:
				hard = nil
			default:
			}
			continue
		}
		if !g.raised.Load() || hard == nil {
			return x.outcome(&unwind{kind: uwInterrupt, frames: g.trace(), left: true})
		}
		select {
		case u := <-done:
			return x.outcome(u)
		case <-hard:
			hard = nil
		}
	}
}

// outcome turns what ended a run into its error.
func (x *Exec) outcome(u *unwind) error {
	if err := x.heededEnd(u); err != nil || u == nil {
		return err
	}
	if fault := x.failure(); fault != nil && u.kind == uwInterrupt {
		return &Panic{Value: fault, Frames: u.frames}
	}
	return u.err()
}

// fail ends the cell because of an error that is not of one of its instructions.
func (x *Exec) fail(err error) {
	x.mu.Lock()
	if x.fault == nil {
		x.fault = err
	}
	x.mu.Unlock()
	x.stop.CompareAndSwap(0, 1)
	x.cancel()
}

func (x *Exec) failure() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.fault
}

// settle finds the text of a panic while the goroutine can still run the methods that
// tell it; these may fail as well.
func (u *unwind) settle(g *gstate) {
	if u == nil || u.kind != uwPanic {
		return
	}
	p := &Panic{Value: u.value}
	worse := g.runRoot(func(*frame) { u.text = p.describe() })
	switch {
	case worse == nil:
	case worse.kind == uwPanic:
		u.text = "(a panic whose text cannot be told: its method panics itself)"
	default:
		u.text = "(a panic whose text cannot be told: its method does not end)"
	}
}

// guardFaults makes a bad memory access of this goroutine, as package unsafe makes
// possible, a panic where Go would end the process.
func guardFaults() { debug.SetPanicOnFault(true) }
