package engine

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"
)

// A compiled call that is given a context can stop by itself when the cell is interrupted, and
// what it returns then is worth keeping: the half-trained model of an interrupted training. So
// such a call of the cell's own goroutine is heeded. Until it returns, interpreted code that it
// calls back runs on, also on goroutines that it started, and its results are stored before the
// cell ends. A second interrupt, or courtesy, breaks it off as any other call.

// courtesy is how long a heeded call may take after the first interrupt: a step of a large
// model is one.
const courtesy = 30 * time.Second

var contextType = reflect.TypeFor[context.Context]()

// heeding is the binder of a compiled function, whose calls are heeded if it takes a context.
func heeding(in []reflect.Type, bind binder) binder {
	if !slices.Contains(in, contextType) {
		return bind
	}
	return func(args, res []uintptr) op {
		call := bind(args, res)
		return func(fr *frame) {
			g := fr.g
			if !g.main {
				call(fr)
				return
			}
			g.x.heeded.Add(1)
			defer g.x.heeded.Add(-1)
			call(fr)
			if g.x.stop.Load() != 0 {
				g.x.keepPlace(g.trace())
			}
		}
	}
}

// keepPlace notes where the cell was when a heeded call ended because of an interrupt.
func (x *Exec) keepPlace(frames []Frame) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.place == nil {
		x.place = frames
	}
}

// Heeding tells whether a compiled call that was given a context is under way, which an
// interrupt leaves time to return. A cell that the engine itself ends has no such time.
func (x *Exec) Heeding() bool { return x.heeded.Load() > 0 && x.failure() == nil }

// heededEnd is the interrupt of a cell that went on to its end, or to a panic with the error of
// the context, after a heeded call had returned; nil if that is not what ended it.
func (x *Exec) heededEnd(u *unwind) error {
	x.mu.Lock()
	frames := x.place
	x.mu.Unlock()
	if frames == nil {
		return nil
	}
	if u != nil {
		err, ok := u.value.(error)
		if u.kind != uwPanic || !ok || !errors.Is(err, x.ctx.Err()) {
			return nil
		}
	}
	return &Interrupt{Frames: frames}
}
