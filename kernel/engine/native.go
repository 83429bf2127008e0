package engine

import (
	"go/types"
	"reflect"
	"sync"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"cliplab/kernel/rtype"
)

// binder binds a compiled function to registers for its arguments and results.
type binder func(args, res []uintptr) op

// native is a compiled function or an override of one.
type native struct {
	in, out []reflect.Type
	bind    binder
}

// synthetic returns the code of a function whose body is one op.
func synthetic(f *function, in, out, free []reflect.Type,
	bind func(args, res, free []uintptr) op) *body {
	b := &body{fn: f, id: bodyIDs.Add(1), native: true}
	var lay layout
	take := func(ts []reflect.Type) (slots []slot, shapes []*shape) {
		for _, t := range ts {
			slots, shapes = append(slots, lay.alloc(t)), append(shapes, shapeOf(t))
		}
		return slots, shapes
	}
	is, ishapes := take(in)
	os, oshapes := take(out)
	fs, fshapes := take(free)
	lay.finish()
	offs := func(slots []slot) (o []uintptr) {
		for _, s := range slots {
			o = append(o, lay.off(s))
		}
		return o
	}
	b.params, b.results, b.free = offs(is), offs(os), offs(fs)
	b.pshape, b.rshape, b.fshape = ishapes, oshapes, fshapes
	b.frameType = lay.typ
	b.entry = &block{ops: []op{bind(b.params, b.results, b.free)},
		next: func(*frame) *block { return nil }}
	return b
}

func (n *native) body(f *function) *body {
	return synthetic(f, n.in, n.out, nil, func(args, res, _ []uintptr) op { return n.bind(args, res) })
}

// nativeOf returns the compiled function that stands for an ssa.Function without
// code or for an instance of a generic one, or nil.
func (e *Engine) nativeOf(fn *ssa.Function) *native {
	if fn.Object() == nil || fn.Blocks != nil && !isInstance(fn) {
		return nil
	}
	if n, ok := e.natives.Load(fn); ok {
		return n.(*native)
	}
	n := e.findNative(fn)
	e.natives.Store(fn, n)
	return n
}

// isInstance tells whether a function is an instance of a generic one of another
// package than a cell; methods are left out.
func isInstance(fn *ssa.Function) bool {
	return len(fn.TypeArgs()) > 0 && fn.Signature.Recv() == nil &&
		fn.Object() != nil && fn.Object().Pkg().Path() != "main"
}

// hasNative tells whether compiled code runs instead of the code of an instance.
func (e *Engine) hasNative(fn *ssa.Function) bool { return isInstance(fn) && e.nativeOf(fn) != nil }

func (e *Engine) findNative(fn *ssa.Function) *native {
	obj := fn.Object().(*types.Func)
	n := &native{}
	if r := fn.Signature.Recv(); r != nil {
		n.in = append(n.in, e.rtype(r.Type()))
	}
	for i := range fn.Signature.Params().Len() {
		n.in = append(n.in, e.rtype(fn.Signature.Params().At(i).Type()))
	}
	for i := range fn.Signature.Results().Len() {
		n.out = append(n.out, e.rtype(fn.Signature.Results().At(i).Type()))
	}
	name, path := overrideName(obj), pkgPath(obj)
	e.noteNative(path, name)
	if o := overrides[name]; o != nil {
		n.bind = e.walk(path, name, n.in, func(args, res []uintptr) op { return o(e, args, res) })
		return n
	}
	v, ok := e.nativeValue(obj, fn, n)
	if !ok {
		return nil
	}
	n.bind = heeding(n.in, e.walk(path, name, n.in, e.sized(name, func(args, res []uintptr) op {
		if f := fastNative(v, args, res); f != nil {
			return f
		}
		return reflectCall(v, args, res)
	})))
	return n
}

func pkgPath(obj *types.Func) string {
	if obj.Pkg() == nil {
		return ""
	}
	return obj.Pkg().Path()
}

// nativeValue returns the compiled func; a method takes its receiver first.
func (e *Engine) nativeValue(
	obj *types.Func, fn *ssa.Function, n *native,
) (reflect.Value, bool) {
	if recv := obj.Signature().Recv(); recv != nil {
		if !e.isCompiled(recv.Type()) {
			return reflect.Value{}, false
		}
		m, ok := n.in[0].MethodByName(obj.Name())
		if !ok || n.in[0].Kind() == reflect.Interface {
			return reflect.Value{}, false
		}
		return m.Func, true
	}
	if obj.Pkg() == nil || e.cfg.Packages == nil {
		return reflect.Value{}, false
	}
	ns, ok := e.cfg.Packages.Natives(obj.Pkg().Path())
	if !ok {
		return reflect.Value{}, false
	}
	v, ok := ns.Funcs[rtype.Instance(obj.Name(), fn.TypeArgs())]
	return v, ok
}

// isCompiled tells whether a receiver's type is a compiled one: methods of types
// made at run time are not code that can be called.
func (e *Engine) isCompiled(t types.Type) bool {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return false
	}
	_, ok = e.nativeType(named)
	return ok
}

// overrideName is pkg.Func or pkg.Type.Method.
func overrideName(obj *types.Func) string {
	name := obj.Name()
	if r := obj.Signature().Recv(); r != nil {
		t := types.Unalias(r.Type())
		if p, ok := t.(*types.Pointer); ok {
			t = types.Unalias(p.Elem())
		}
		if nt, ok := t.(*types.Named); ok {
			name = nt.Obj().Name() + "." + name
		}
	}
	if obj.Pkg() == nil {
		return name
	}
	return obj.Pkg().Path() + "." + name
}

// nativeCall binds a static call of a compiled function right to the registers of
// the caller.
func (c *compiler) nativeCall(ins *ssa.Call) (op, bool) {
	fn, ok := ins.Call.Value.(*ssa.Function)
	if !ok {
		return nil, false
	}
	n := c.e.nativeOf(fn)
	if n == nil {
		return nil, false
	}
	return n.bind(c.offs(ins.Call.Args), c.resultOffs(ins)), true
}

// reflectCall calls any compiled func through reflection.
func reflectCall(v reflect.Value, args, res []uintptr) op {
	t := v.Type()
	call := v.Call
	if t.IsVariadic() {
		call = v.CallSlice
	}
	in, out := funcTypes(t)
	return func(fr *frame) {
		vals := make([]reflect.Value, len(args))
		for i, off := range args {
			vals[i] = reflect.NewAt(in[i], unsafe.Add(unsafe.Pointer(fr), off)).Elem()
		}
		rs := call(vals)
		after(fr)
		for i, off := range res {
			setReg(out[i], unsafe.Add(unsafe.Pointer(fr), off), rs[i])
		}
	}
}

func funcTypes(t reflect.Type) (in, out []reflect.Type) {
	for i := range t.NumIn() {
		in = append(in, t.In(i))
	}
	for i := range t.NumOut() {
		out = append(out, t.Out(i))
	}
	return in, out
}

// foreignFuncs has, by func type, the function that calls a captured func value.
var foreignFuncs sync.Map // reflect.Type → *function

// foreign returns a closure that calls a compiled func value.
func (e *Engine) foreign(t reflect.Type, p unsafe.Pointer) *closure {
	f, ok := foreignFuncs.Load(t)
	if !ok {
		f, _ = foreignFuncs.LoadOrStore(t, foreignFunc(t))
	}
	return &closure{fn: f.(*function), free: []unsafe.Pointer{p}}
}

func foreignFunc(t reflect.Type) *function {
	in, out := funcTypes(t)
	f := &function{name: t.String()}
	f.body.Store(synthetic(f, in, out, []reflect.Type{t}, func(args, res, free []uintptr) op {
		return func(fr *frame) {
			v := reflect.NewAt(t, unsafe.Add(unsafe.Pointer(fr), free[0])).Elem()
			reflectCall(v, args, res)(fr)
		}
	}))
	return f
}

// method is what an invocation through an interface runs.
type method struct {
	typ    unsafe.Pointer // dynamic type
	fn     *function
	direct bool // the data word is the receiver
}

// methodOf finds the method of a dynamic type.
func (e *Engine) methodOf(typ unsafe.Pointer, m *types.Func) *method {
	type key struct {
		typ unsafe.Pointer
		m   *types.Func
	}
	k := key{typ, m}
	if x, ok := e.methods.Load(k); ok {
		return x.(*method)
	}
	rt := typeOfWord(typ)
	x := &method{typ: typ, fn: e.findMethod(rt, m), direct: isDirect(rt)}
	e.methods.Store(k, x)
	return x
}

func (e *Engine) findMethod(rt reflect.Type, m *types.Func) *function {
	if t := e.typeOf(rt); t != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		if sel := e.prog.MethodSets.MethodSet(t).Lookup(m.Pkg(), m.Name()); sel != nil {
			return e.function(e.prog.MethodValue(sel))
		}
	}
	rm, ok := rt.MethodByName(m.Name())
	if !ok {
		panic(errorf("%s has no method %s", rt, m.Name()))
	}
	in, out := funcTypes(rm.Type)
	f := &function{e: e, name: rt.String() + "." + m.Name()}
	call := methodValueCall(rm)
	n := &native{in: in, out: out, bind: func(args, res []uintptr) op {
		if o := rlocker(rt, m.Name()); o != nil {
			return o(e, args, res)
		}
		if rt == reflectRtype && (m.Name() == "Method" || m.Name() == "MethodByName") {
			return methodWithFunc(reflectCall(call, args, res), res[0])
		}
		return reflectCall(call, args, res)
	}}
	f.body.Store(n.body(f))
	return f
}

var reflectRtype = reflect.TypeOf(reflect.TypeFor[int]())

// methodValueCall returns the method as a func that takes the receiver first. The
// Func of a method of a run-time type is not code that can be called, so the call
// goes through a method value.
func methodValueCall(m reflect.Method) reflect.Value {
	variadic := m.Type.IsVariadic()
	return reflect.MakeFunc(m.Type, func(args []reflect.Value) []reflect.Value {
		v := args[0].Method(m.Index)
		if variadic {
			return v.CallSlice(args[1:])
		}
		return v.Call(args[1:])
	})
}

// methodWithFunc repairs the Func of what Type.Method returns.
func methodWithFunc(f op, res uintptr) op {
	return func(fr *frame) {
		f(fr)
		if m := at[reflect.Method](fr, res); m.Func.IsValid() {
			m.Func = methodValueCall(*m)
		}
	}
}

// invokeTarget returns how a call through an interface finds its method. The
// last answer is kept at the call.
func (c *compiler) invokeTarget(cc *ssa.CallCommon) target {
	x, e, m := c.off(cc.Value), c.e, cc.Method
	empty, done := isEmptyIface(cc.Value.Type()), isDone(m)
	cache := new(cacheOf[method])
	return target{first: 1, find: func(fr *frame) (*function, *closure, unsafe.Pointer) {
		w := at[iword](fr, x)
		if w.tab == nil {
			panicNil()
		}
		if done {
			e.rest.heedful.Store(fr.g.x)
		}
		typ := dynamic(w, empty)
		found := cache.Load()
		if found == nil || found.typ != typ {
			found = e.methodOf(typ, m)
			cache.Store(found)
		}
		if found.direct {
			return found.fn, nil, unsafe.Pointer(&w.data)
		}
		return found.fn, nil, w.data
	}}
}
