package engine

import (
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// stopped is the channel that ends blocked operations: the first interrupt, and for deferred
// calls that run because of it, or in a heeded call, the second.
func (g *gstate) stopped() <-chan struct{} {
	if g.x.stop.Load() != 0 && (g.masked > 0 || g.x.Heeding()) {
		return g.x.hard
	}
	return g.x.ctx.Done()
}

// interrupted panics after a blocked operation was ended by stopped.
func (g *gstate) interrupted() {
	g.x.stop.CompareAndSwap(0, 1)
	if g.masked == 0 || g.x.stop.Load() > 1 {
		g.raise(&unwind{kind: uwInterrupt})
	}
}

func (c *compiler) genMakeChan(ins *ssa.MakeChan) {
	d, rt, n := c.off(ins), c.rtype(ins.Type()), c.bound(ins.Size)
	bi := rt
	if rt.ChanDir() != reflect.BothDir {
		bi = reflect.ChanOf(reflect.BothDir, rt.Elem())
	}
	c.emit(func(fr *frame) {
		k := int(n(fr))
		if size := rt.Elem().Size(); k < 0 || size > 0 && uint64(k) > 1<<47/uint64(size) {
			panic(plainError("makechan: size out of range"))
		}
		c.e.checkAlloc(k, max(1, rt.Elem().Size()))
		*at[unsafe.Pointer](fr, d) = reflect.MakeChan(bi, k).UnsafePointer()
	}, ins.Pos())
}

// chanOps are the operations on channels of one class of elements.
type chanOps interface {
	send(ch, x uintptr) op
	recv(ch, d, ok uintptr) op
}

// chanClasses has them. Pointers are *byte because no type *chan unsafe.Pointer may
// be in the program: reflect.ChanOf makes types as copies of chan unsafe.Pointer,
// and the copy's link to that pointer type ends the process when followed.
var chanClasses = [...]chanOps{
	cMem: nil, cW8: chans[uint8]{}, cW16: chans[uint16]{}, cW32: chans[uint32]{},
	cW64: chans[uint64]{}, cC128: chans[complex128]{}, cPtr: chans[*byte]{},
	cStr: chans[string]{}, cSlice: chans[[]byte]{}, cIface: chans[any]{},
}

type chans[T any] struct{}

func (chans[T]) send(ch, x uintptr) op {
	return func(fr *frame) {
		c := *at[chan T](fr, ch)
		select {
		case c <- *at[T](fr, x):
		default:
			sendSlow(fr.g, c, *at[T](fr, x))
		}
	}
}

// sendSlow waits until someone receives.
func sendSlow[T any](g *gstate, c chan T, v T) {
	g.sleep()
	select {
	case c <- v:
		g.wake()
	case <-g.stopped():
		g.interrupted()
	}
}

func (chans[T]) recv(ch, d, ok uintptr) op {
	return func(fr *frame) {
		c := *at[chan T](fr, ch)
		var v T
		var good bool
		select {
		case v, good = <-c:
		default:
			v, good = recvSlow(fr.g, c)
		}
		*at[T](fr, d) = v
		if ok != 0 {
			*at[bool](fr, ok) = good
		}
	}
}

// recvSlow waits until someone sends or closes.
func recvSlow[T any](g *gstate, c chan T) (v T, good bool) {
	g.sleep()
	select {
	case v, good = <-c:
		g.wake()
	case <-g.stopped():
		g.interrupted()
	}
	return v, good
}

func (c *compiler) genSend(ins *ssa.Send) {
	ch, x := c.off(ins.Chan), c.off(ins.X)
	rt := c.rtype(ins.Chan.Type())
	if ops := chanClasses[classOf(rt.Elem())]; ops != nil {
		c.emit(ops.send(ch, x), ins.Pos())
		return
	}
	c.emit(func(fr *frame) {
		v := regValue(fr, rt.Elem(), x)
		i, _, _ := fr.g.selectAny([]reflect.SelectCase{
			{Dir: reflect.SelectSend, Chan: regValue(fr, rt, ch), Send: v},
			{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(fr.g.stopped())},
		})
		if i == 1 {
			fr.g.interrupted()
		}
	}, ins.Pos())
}

func (c *compiler) genRecv(ins *ssa.UnOp) {
	ch, rt := c.off(ins.X), c.rtype(ins.X.Type())
	d, ok := uintptr(0), uintptr(0)
	if ins.CommaOk {
		d, ok = c.lay.off(c.tuples[ins][0]), c.lay.off(c.tuples[ins][1])
	} else {
		d = c.off(ins)
	}
	if ops := chanClasses[classOf(rt.Elem())]; ops != nil {
		c.emit(ops.recv(ch, d, ok), ins.Pos())
		return
	}
	c.emit(func(fr *frame) {
		i, v, good := fr.g.selectAny([]reflect.SelectCase{
			{Dir: reflect.SelectRecv, Chan: regValue(fr, rt, ch)},
			{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(fr.g.stopped())},
		})
		if i == 1 {
			fr.g.interrupted()
		}
		setReg(rt.Elem(), unsafe.Add(unsafe.Pointer(fr), d), v)
		if ok != 0 {
			*at[bool](fr, ok) = good
		}
	}, ins.Pos())
}

// genSelect binds a select statement: the tuple (index, recvOk, received…).
func (c *compiler) genSelect(ins *ssa.Select) {
	ts := c.tuples[ins]
	idx, recvOk := c.lay.off(ts[0]), c.lay.off(ts[1])
	type state struct {
		rt    reflect.Type
		ch, x uintptr
		send  bool
	}
	var states []state
	n := 2
	for _, s := range ins.States {
		st := state{rt: c.rtype(s.Chan.Type()), ch: c.off(s.Chan)}
		if s.Send != nil {
			st.send, st.x = true, c.off(s.Send)
		} else {
			st.x = c.lay.off(ts[n])
			n++
		}
		states = append(states, st)
	}
	c.emit(func(fr *frame) {
		cases := make([]reflect.SelectCase, len(states)+1)
		for i, s := range states {
			cases[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: regValue(fr, s.rt, s.ch)}
			if s.send {
				cases[i].Dir, cases[i].Send = reflect.SelectSend, regValue(fr, s.rt.Elem(), s.x)
			} else {
				shapeOf(s.rt.Elem()).zero(unsafe.Add(unsafe.Pointer(fr), s.x))
			}
		}
		last := &cases[len(states)]
		last.Dir = reflect.SelectDefault
		if ins.Blocking {
			last.Dir, last.Chan = reflect.SelectRecv, reflect.ValueOf(fr.g.stopped())
		}
		sel := reflect.Select
		if ins.Blocking {
			sel = fr.g.selectAny
		}
		i, v, good := sel(cases)
		if i == len(states) {
			if ins.Blocking {
				fr.g.interrupted()
			}
			i = -1
		} else if !states[i].send {
			setReg(states[i].rt.Elem(), unsafe.Add(unsafe.Pointer(fr), states[i].x), v)
		}
		*at[int](fr, idx), *at[bool](fr, recvOk) = i, good
	}, ins.Pos())
}

// selectAny is reflect.Select for a goroutine that sleeps meanwhile.
func (g *gstate) selectAny(cases []reflect.SelectCase) (int, reflect.Value, bool) {
	g.sleep()
	i, v, good := reflect.Select(cases)
	g.wake()
	return i, v, good
}
