package engine

import (
	"go/types"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// genCall binds a call of any kind.
func (c *compiler) genCall(ins *ssa.Call) {
	cc := &ins.Call
	if b, ok := cc.Value.(*ssa.Builtin); ok {
		c.emit(c.builtin(b, cc.Args, c.offs(cc.Args), c.resultOffs(ins)), ins.Pos())
		return
	}
	if f, ok := c.nativeCall(ins); ok {
		c.emit(f, ins.Pos())
		return
	}
	args, res := c.argMoves(cc), c.resultMoves(ins)
	if fn := cc.StaticCallee(); fn != nil {
		if _, ok := cc.Value.(*ssa.MakeClosure); !ok {
			c.emit(callStatic(c.e.function(fn), args, res), ins.Pos())
			return
		}
	}
	if f := c.callClosure(cc, args, res); f != nil {
		c.emit(f, ins.Pos())
		return
	}
	c.emit(callDynamic(c.target(cc), args, res), ins.Pos())
}

func (c *compiler) offs(vs []ssa.Value) []uintptr {
	offs := make([]uintptr, len(vs))
	for i, v := range vs {
		offs[i] = c.off(v)
	}
	return offs
}

func (c *compiler) resultOffs(v ssa.Value) []uintptr {
	if ts, ok := c.tuples[v]; ok {
		var offs []uintptr
		for _, s := range ts {
			offs = append(offs, c.lay.off(s))
		}
		return offs
	}
	if t, ok := v.Type().(*types.Tuple); ok && t.Len() == 0 {
		return nil
	}
	return []uintptr{c.off(v)}
}

// argMoves lists the registers to copy to the callee, whose first parameter is
// the receiver in an invocation through an interface and then not listed.
func (c *compiler) argMoves(cc *ssa.CallCommon) []move {
	var ms []move
	for _, v := range cc.Args {
		ms = append(ms, move{src: c.off(v), s: c.shape(v.Type())})
	}
	return ms
}

func (c *compiler) resultMoves(ins *ssa.Call) []move {
	rs := ins.Call.Signature().Results()
	offs := c.resultOffs(ins)
	var ms []move
	for i, off := range offs {
		ms = append(ms, move{dst: off, s: c.shape(rs.At(i).Type())})
	}
	return ms
}

// passArgs copies arguments to the parameters first, first+1, …
func passArgs(nf, fr *frame, args []move, first int) {
	params := nf.body.params[first:]
	for i := range args {
		m := &args[i]
		m.s.copyMem(unsafe.Add(unsafe.Pointer(nf), params[i]), unsafe.Add(unsafe.Pointer(fr), m.src))
	}
}

func takeResults(fr, nf *frame, res []move) {
	from := nf.body.results
	for i := range res {
		m := &res[i]
		m.s.copyMem(unsafe.Add(unsafe.Pointer(fr), m.dst), unsafe.Add(unsafe.Pointer(nf), from[i]))
	}
}

// callStatic calls a known function. The commonest shapes have ops of their own.
func callStatic(f *function, args, res []move) op {
	words := len(res) <= 1 && (len(res) == 0 || res[0].s.class == cW64)
	for _, m := range args {
		words = words && m.s.class == cW64
	}
	if words && len(res) == 1 {
		switch len(args) {
		case 1:
			return callWord1(f, args[0].src, res[0].dst)
		case 2:
			return callWord2(f, args[0].src, args[1].src, res[0].dst)
		}
	}
	return func(fr *frame) {
		b := f.code()
		nf := fr.push(b)
		passArgs(nf, fr, args, 0)
		if b.wrapper || fr.body.wrapper {
			nf.panics = fr.panicsFor(nf)
		}
		b.exec(nf)
		takeResults(fr, nf, res)
		fr.pop(nf)
	}
}

func callWord1(f *function, x, d uintptr) op {
	return func(fr *frame) {
		b := f.code()
		nf := fr.push(b)
		*at[uint64](nf, b.params[0]) = *at[uint64](fr, x)
		if b.hasDefer || fr.body.wrapper {
			nf.panics = fr.panicsFor(nf)
			b.exec(nf)
		} else {
			run(nf, b.entry)
		}
		*at[uint64](fr, d) = *at[uint64](nf, b.results[0])
		fr.pop(nf)
	}
}

func callWord2(f *function, x, y, d uintptr) op {
	return func(fr *frame) {
		b := f.code()
		nf := fr.push(b)
		*at[uint64](nf, b.params[0]) = *at[uint64](fr, x)
		*at[uint64](nf, b.params[1]) = *at[uint64](fr, y)
		if b.hasDefer || fr.body.wrapper {
			nf.panics = fr.panicsFor(nf)
			b.exec(nf)
		} else {
			run(nf, b.entry)
		}
		*at[uint64](fr, d) = *at[uint64](nf, b.results[0])
		fr.pop(nf)
	}
}

// panicsFor returns what a callee of fr may recover: only the method behind a
// wrapper that was itself deferred may.
func (fr *frame) panicsFor(*frame) *unwind {
	if fr.body.wrapper {
		return fr.panics
	}
	return nil
}

// target finds, for a call in a frame, the function to run; it may put captured
// variables or a receiver in place.
type target struct {
	find  func(fr *frame) (f *function, c *closure, recv unsafe.Pointer)
	first int // parameters that find provides: 1 for a receiver
}

// target returns how a dynamic call finds its function.
func (c *compiler) target(cc *ssa.CallCommon) target {
	if cc.IsInvoke() {
		return c.invokeTarget(cc)
	}
	if fn, ok := cc.Value.(*ssa.Function); ok {
		f := c.e.function(fn)
		return target{find: func(*frame) (*function, *closure, unsafe.Pointer) { return f, nil, nil }}
	}
	x := c.off(cc.Value)
	unwrap := c.e.unwrapper(c.rtype(cc.Value.Type()))
	return target{find: func(fr *frame) (*function, *closure, unsafe.Pointer) {
		p := *at[unsafe.Pointer](fr, x)
		if p == nil {
			panicNil()
		}
		cl := unwrap(p)
		return cl.fn, cl, nil
	}}
}

// ready returns a frame for the call with everything in place but its caller.
func (t *target) ready(fr, from *frame, args []move) *frame {
	f, cl, recv := t.find(from)
	b := f.code()
	nf := fr.push(b)
	t.fill(nf, from, args, cl, recv)
	return nf
}

func (t *target) fill(nf, from *frame, args []move, cl *closure, recv unsafe.Pointer) {
	b := nf.body
	if t.first == 1 {
		b.pshape[0].copyMem(b.param(nf, 0), recv)
	}
	if cl != nil {
		cl.capture(nf)
	}
	passArgs(nf, from, args, t.first)
	if b.native {
		nf.depth = from.depth
	}
}

func callDynamic(t target, args, res []move) op {
	return func(fr *frame) {
		nf := t.ready(fr, fr, args)
		if fr.body.wrapper {
			nf.panics = fr.panics
		}
		nf.body.exec(nf)
		takeResults(fr, nf, res)
		fr.pop(nf)
	}
}

// nilCall is what a deferred nil func runs.
var nilCall = func() *function {
	f := &function{name: "nil"}
	f.body.Store(synthetic(f, nil, nil, nil, func(_, _, _ []uintptr) op {
		return func(*frame) { panicNil() }
	}))
	return f
}()

// genGo binds a go statement. Its arguments are evaluated here.
func (c *compiler) genGo(ins *ssa.Go) {
	t, args := c.deferTarget(&ins.Call)
	c.emit(func(fr *frame) {
		fr.g.spawn(func(root *frame) *frame { return t.ready(root, fr, args) })
	}, ins.Pos())
}

// deferTarget is target for go and defer, which also take builtins.
func (c *compiler) deferTarget(cc *ssa.CallCommon) (target, []move) {
	if b, ok := cc.Value.(*ssa.Builtin); ok {
		f := c.builtinFunc(b, cc.Args)
		find := func(*frame) (*function, *closure, unsafe.Pointer) { return f, nil, nil }
		return target{find: find}, c.argMoves(cc)
	}
	return c.target(cc), c.argMoves(cc)
}

// genDefer binds a defer statement. In the body of a range-over-func loop the
// stack of deferred calls is that of the enclosing function.
func (c *compiler) genDefer(ins *ssa.Defer) {
	t, args := c.deferTarget(&ins.Call)
	stack := uintptr(0)
	if ins.DeferStack != nil && !isNil(ins.DeferStack) {
		stack = c.off(ins.DeferStack)
	}
	var fn uintptr // register of the func value
	if _, ok := ins.Call.Value.Type().Underlying().(*types.Signature); ok {
		switch ins.Call.Value.(type) {
		case *ssa.Function, *ssa.Builtin:
		default:
			fn = c.off(ins.Call.Value)
		}
	}
	c.emit(func(fr *frame) {
		var nf *frame
		if fn != 0 && *at[unsafe.Pointer](fr, fn) == nil {
			nf = fr.push(nilCall.code()) // panics when it runs
		} else {
			nf = t.ready(fr, fr, args)
		}
		fr.g.top = fr
		owner := fr
		if stack != 0 {
			owner = *at[*frame](fr, stack)
		}
		owner.defers = &defer1{frame: nf, next: owner.defers}
	}, ins.Pos())
}
