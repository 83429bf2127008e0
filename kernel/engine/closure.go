package engine

import (
	"reflect"
	"time"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// closure is an interpreted func value: a function with what it captured.
// Compiled code sees a real Go func that calls it (see stub.go).
type closure struct {
	fn   *function
	free []unsafe.Pointer // captured pointers, or pointers to boxed values
	x    *Exec            // of the cell that made it
}

// capture puts the captured variables in place.
func (cl *closure) capture(nf *frame) {
	b := nf.body
	for i, p := range cl.free {
		dst := unsafe.Add(unsafe.Pointer(nf), b.free[i])
		if s := b.fshape[i]; s.class == cPtr {
			*(*unsafe.Pointer)(dst) = p
		} else {
			s.copyMem(dst, p)
		}
	}
}

func (c *compiler) genMakeClosure(ins *ssa.MakeClosure) {
	f := c.e.function(ins.Fn.(*ssa.Function))
	d := c.off(ins)
	type binding struct {
		src uintptr
		box func(unsafe.Pointer) unsafe.Pointer
	}
	var binds []binding
	for _, v := range ins.Bindings {
		b := binding{src: c.off(v)}
		if rt := c.rtype(v.Type()); classOf(rt) != cPtr {
			b.box = memBoxer(rt)
		}
		binds = append(binds, b)
	}
	wrap := c.e.wrapper(c.rtype(ins.Type()))
	c.emit(func(fr *frame) {
		cl := &closure{fn: f, x: fr.g.x, free: make([]unsafe.Pointer, len(binds))}
		for i, b := range binds {
			p := unsafe.Add(unsafe.Pointer(fr), b.src)
			if b.box != nil {
				cl.free[i] = b.box(p)
			} else {
				cl.free[i] = *(*unsafe.Pointer)(p)
			}
		}
		*at[unsafe.Pointer](fr, d) = wrap(cl)
	}, ins.Pos())
}

// memBoxer returns a function that copies a value to new memory.
func memBoxer(rt reflect.Type) func(p unsafe.Pointer) unsafe.Pointer {
	s := shapeOf(rt)
	return func(p unsafe.Pointer) unsafe.Pointer {
		q := reflect.New(rt).UnsafePointer()
		s.copyMem(q, p)
		return q
	}
}

// funcValue returns the func value of a function that captures nothing.
func (e *Engine) funcValue(f *function) unsafe.Pointer {
	f.once.Do(func() {
		f.value = e.wrapper(f.sig)(&closure{fn: f})
	})
	return f.value
}

// enter finds the goroutine that compiled code calls back on. A goroutine that
// compiled code started gets a state of its own for the call.
func (cl *closure) enter() (g *gstate, done func()) {
	id := gid()
	if g = findG(id); g != nil {
		return g, nil
	}
	x := cl.x
	if x == nil {
		x = cl.fn.e.lastExec()
	}
	g = cl.fn.e.root(x)
	setG(id, g)
	guardFaults()
	if g.e.rest.main.Load() != nil {
		g.e.rest.wakers.Store(true)
	}
	if g.e.live.Add(2) == 3 { // another goroutine may be using a map without a lock
		time.Sleep(50 * time.Microsecond)
	}
	g.e.rest.awake.Add(1)
	return g, func() {
		r := recover()
		setG(id, nil)
		g.e.live.Add(-2)
		g.e.goneToSleep()
		if r != nil {
			g.report(g.caught(r))
		}
	}
}

// callbackDepth is what a call from compiled code counts for in the depth limit:
// the compiled calls in between need stack as well, some kilobytes.
const callbackDepth = 24

// call runs the closure for compiled code: put and take move the arguments and
// results to and from the frame.
func (cl *closure) call(put, take func(nf *frame)) {
	g, done := cl.enter()
	if done != nil {
		defer done()
	}
	fr := g.top
	b := cl.fn.code()
	nf := fr.push(b)
	nf.native = true
	nf.depth += callbackDepth
	nf.held = g.release()
	cl.capture(nf)
	if put != nil {
		put(nf)
	}
	b.exec(nf)
	if take != nil {
		take(nf)
	}
	g.hold(nf)
	fr.pop(nf)
}

// callReflect runs the closure on reflected arguments.
func (cl *closure) callReflect(t reflect.Type, args []reflect.Value) (res []reflect.Value) {
	res = make([]reflect.Value, t.NumOut())
	for i := range res {
		res[i] = reflect.New(t.Out(i)).Elem()
	}
	cl.call(func(nf *frame) {
		for i, a := range args {
			setReg(t.In(i), nf.body.param(nf, i), a)
		}
	}, func(nf *frame) {
		for i := range res {
			shapeOf(t.Out(i)).copyMem(res[i].Addr().UnsafePointer(), nf.body.result(nf, i))
		}
	})
	return res
}

// setReg stores a reflected value in a register of type rt.
func setReg(rt reflect.Type, p unsafe.Pointer, v reflect.Value) {
	reflect.NewAt(rt, p).Elem().Set(v)
}

// What compiled code calls is a Go func of the right type. reflect.MakeFunc
// makes them for any type. To find the closure behind such a func without a
// table, the engine looks where reflect keeps the function it calls; where that
// is, is measured once on a func that it made itself.
const makeFuncWords = 6

type funcval struct{ code uintptr }

// implFunc is what MakeFunc calls; it captures the closure and its type.
//
//go:noinline
func implFunc(cl *closure, t reflect.Type) func([]reflect.Value) []reflect.Value {
	return func(args []reflect.Value) []reflect.Value { return cl.callReflect(t, args) }
}

// word returns the i-th word of an object.
func word(p unsafe.Pointer, i int) *unsafe.Pointer {
	return (*unsafe.Pointer)(unsafe.Add(p, uintptr(i)*8))
}

// madeFunc describes the memory of funcs made by reflect.MakeFunc and of those
// made by implFunc, as measured.
var madeFunc funcMemory

func init() { madeFunc = measureFuncs() }

type funcMemory struct {
	stub, impl    uintptr // code addresses
	implAt, clsAt int     // words
}

func measureFuncs() (m funcMemory) {
	cl := &closure{}
	t := reflect.TypeFor[func(complex64, string)]()
	impl := implFunc(cl, t)
	ip := *(*unsafe.Pointer)(unsafe.Pointer(&impl))
	fp := funcWord(reflect.MakeFunc(t, impl))
	m.stub, m.impl = (*funcval)(fp).code, (*funcval)(ip).code
	for i := 1; i < makeFuncWords; i++ {
		if *word(fp, i) == ip {
			m.implAt = i
		}
	}
	for i := 1; i <= 2 && m.clsAt == 0; i++ {
		if *word(ip, i) == unsafe.Pointer(cl) {
			m.clsAt = i
		}
	}
	if m.implAt == 0 || m.clsAt == 0 {
		panic("engine: reflect.MakeFunc keeps its function where it is not expected")
	}
	return m
}

// funcWord returns the pointer that is the func value in v.
func funcWord(v reflect.Value) unsafe.Pointer {
	x := v.Interface()
	return words(&x).data
}

// wrapper returns a function that makes Go funcs of type t of closures.
func (e *Engine) wrapper(t reflect.Type) func(*closure) unsafe.Pointer {
	if s := stubFor(t); s != nil {
		return s.make
	}
	t = plainFunc(t)
	return func(cl *closure) unsafe.Pointer { return funcWord(reflect.MakeFunc(t, implFunc(cl, t))) }
}

// unwrapper returns a function that finds the closure of a func value of type t;
// for a compiled func it makes one that calls it.
func (e *Engine) unwrapper(t reflect.Type) func(p unsafe.Pointer) *closure {
	m := &madeFunc
	s := stubFor(t)
	return func(p unsafe.Pointer) *closure {
		code := (*funcval)(p).code
		if s != nil && code == s.code {
			return (*closure)(*word(p, s.at))
		}
		if code == m.stub {
			if impl := *word(p, m.implAt); (*funcval)(impl).code == m.impl {
				return (*closure)(*word(impl, m.clsAt))
			}
		}
		return e.foreign(t, p)
	}
}

// plainFunc strips the name of a func type.
func plainFunc(t reflect.Type) reflect.Type {
	if t.Name() == "" {
		return t
	}
	var in, out []reflect.Type
	for i := range t.NumIn() {
		in = append(in, t.In(i))
	}
	for i := range t.NumOut() {
		out = append(out, t.Out(i))
	}
	return reflect.FuncOf(in, out, t.IsVariadic())
}
