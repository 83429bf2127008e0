package engine

import (
	"go/types"
	"reflect"
	"sync"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// iword is the memory of an interface value. tab is the type word: *rtype in an
// empty interface, *itab in one with methods.
type iword struct{ tab, data unsafe.Pointer }

// itab is the head of the runtime's table behind a non-empty interface.
type itab struct{ inter, typ unsafe.Pointer }

// words gives access to the memory of an interface.
func words(p *any) *iword { return (*iword)(unsafe.Pointer(p)) }

// typeWord returns the *rtype of a run-time type.
func typeWord(rt reflect.Type) unsafe.Pointer {
	return (*iword)(unsafe.Pointer(&rt)).data
}

// typeOfWord returns the run-time type of an *rtype.
func typeOfWord(w unsafe.Pointer) reflect.Type {
	var x any
	words(&x).tab = w
	return reflect.TypeOf(x)
}

// dynamic returns the *rtype of what an interface holds, nil if it is nil.
func dynamic(w *iword, empty bool) unsafe.Pointer {
	if empty || w.tab == nil {
		return w.tab
	}
	return (*itab)(w.tab).typ
}

func isEmptyIface(t types.Type) bool {
	it, ok := t.Underlying().(*types.Interface)
	return !ok || it.NumMethods() == 0 // untyped nil is kept as an empty one
}

// toAny returns a function that turns an interface value of type t in memory into
// an empty interface.
func (c *compiler) toAny(t types.Type) func(*any) any {
	if isEmptyIface(t) {
		return func(p *any) any { return *p }
	}
	return func(p *any) any { return ifaceToAny(words(p)) }
}

func ifaceToAny(w *iword) (x any) {
	if w.tab != nil {
		words(&x).data = w.data
		words(&x).tab = (*itab)(w.tab).typ
	}
	return x
}

// direct types are those whose values are the data word of an interface.
var direct sync.Map // reflect.Type → bool

func isDirect(rt reflect.Type) bool {
	if d, ok := direct.Load(rt); ok {
		return d.(bool)
	}
	x := reflect.Zero(rt).Interface()
	d := rt.Kind() != reflect.Interface && words(&x).data == nil && rt.Size() == 8
	direct.Store(rt, d)
	return d
}

// boxer returns a function that makes an empty interface of a value in memory.
func boxer(rt reflect.Type) func(p unsafe.Pointer) any {
	tab := typeWord(rt)
	box := dataBoxer(rt)
	return func(p unsafe.Pointer) (x any) {
		words(&x).data = box(p)
		words(&x).tab = tab
		return x
	}
}

// dataBoxer returns a function that makes the data word of an interface.
func dataBoxer(rt reflect.Type) func(p unsafe.Pointer) unsafe.Pointer {
	if isDirect(rt) {
		return func(p unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(p) }
	}
	s := shapeOf(rt)
	switch s.class {
	case cW8:
		return boxData[uint8]
	case cW16:
		return boxData[uint16]
	case cW32:
		return boxData[uint32]
	case cW64:
		return boxData[uint64]
	case cC128:
		return boxData[complex128]
	case cStr:
		return boxData[string]
	case cSlice:
		return boxData[[]byte]
	}
	return func(p unsafe.Pointer) unsafe.Pointer {
		q := reflect.New(rt).UnsafePointer()
		s.copyBig(q, p)
		return q
	}
}

func boxData[T any](p unsafe.Pointer) unsafe.Pointer {
	x := any(*(*T)(p)) // small values need no allocation
	return words(&x).data
}

// itabs caches the tables of interface types, by interface and dynamic type.
var itabs sync.Map // [2]unsafe.Pointer → unsafe.Pointer

// itabOf returns the type word of interface type it for dynamic type typ, nil if
// the type lacks a method.
func itabOf(it reflect.Type, typ unsafe.Pointer) unsafe.Pointer {
	if typ == nil {
		return nil
	}
	if it.NumMethod() == 0 {
		return typ
	}
	key := [2]unsafe.Pointer{typeWord(it), typ}
	if t, ok := itabs.Load(key); ok {
		return t.(unsafe.Pointer)
	}
	var tab unsafe.Pointer
	if rt := typeOfWord(typ); rt.Implements(it) {
		v := reflect.New(it)
		v.Elem().Set(reflect.Zero(rt))
		tab = (*iword)(v.UnsafePointer()).tab
	}
	itabs.Store(key, tab)
	return tab
}

func (c *compiler) genMakeInterface(ins *ssa.MakeInterface) {
	d, x := c.off(ins), c.off(ins.X)
	rt, it := c.rtype(ins.X.Type()), c.rtype(ins.Type())
	tab := itabOf(it, typeWord(rt))
	if tab == nil {
		panic(errorf("%s has not the methods of %s at run time", rt, it))
	}
	box := dataBoxer(rt)
	f := func(fr *frame) {
		p := box(unsafe.Add(unsafe.Pointer(fr), x))
		w := at[iword](fr, d)
		w.data, w.tab = p, tab
	}
	if swap := c.e.stdioSwap(rt, it); swap != nil {
		g := f
		f = func(fr *frame) { g(fr); swap(fr, at[iword](fr, d)) }
	}
	c.emit(f, ins.Pos())
}

func (c *compiler) genChangeInterface(ins *ssa.ChangeInterface) {
	d, x := c.off(ins), c.off(ins.X)
	it, empty := c.rtype(ins.Type()), isEmptyIface(ins.X.Type())
	c.emit(func(fr *frame) {
		w := *at[iword](fr, x)
		w.tab = itabOf(it, dynamic(&w, empty))
		*at[iword](fr, d) = w
	}, ins.Pos())
}

// genTypeAssert binds x.(T), to a concrete or an interface type.
func (c *compiler) genTypeAssert(ins *ssa.TypeAssert) {
	x, empty := c.off(ins.X), isEmptyIface(ins.X.Type())
	rt := c.rtype(ins.AssertedType)
	var d, ok uintptr
	if ins.CommaOk {
		d, ok = c.lay.off(c.tuples[ins][0]), c.lay.off(c.tuples[ins][1])
	} else {
		d = c.off(ins)
	}
	fail := c.assertFailure(ins)
	var take func(fr *frame, w iword) bool // stores the value if it has the type
	if rt.Kind() == reflect.Interface {
		take = func(fr *frame, w iword) bool {
			typ := dynamic(&w, empty)
			tab := itabOf(rt, typ)
			if typ == nil || tab == nil {
				return false
			}
			*at[iword](fr, d) = iword{tab, w.data}
			return true
		}
	} else {
		want, unbox := typeWord(rt), unboxer(rt)
		take = func(fr *frame, w iword) bool {
			if dynamic(&w, empty) != want {
				return false
			}
			unbox(unsafe.Add(unsafe.Pointer(fr), d), w.data)
			return true
		}
	}
	s := shapeOf(rt)
	c.emit(func(fr *frame) {
		w := *at[iword](fr, x)
		good := take(fr, w)
		if ins.CommaOk {
			*at[bool](fr, ok) = good
			if !good {
				s.zero(unsafe.Add(unsafe.Pointer(fr), d))
			}
		} else if !good {
			panic(fail(dynamic(&w, empty)))
		}
	}, ins.Pos())
}

// unboxer returns a function that copies the value of a data word to memory.
func unboxer(rt reflect.Type) func(dst, data unsafe.Pointer) {
	if isDirect(rt) {
		return func(dst, data unsafe.Pointer) { *(*unsafe.Pointer)(dst) = data }
	}
	return shapeOf(rt).copyMem
}

// assertFailure makes the panic of a failed assertion.
func (c *compiler) assertFailure(ins *ssa.TypeAssert) func(dyn unsafe.Pointer) error {
	it, want := c.rtype(ins.X.Type()), c.rtype(ins.AssertedType)
	e, iface := c.e, ins.AssertedType
	return func(dyn unsafe.Pointer) error {
		from := ifaceName(it)
		if dyn == nil {
			if want.Kind() == reflect.Interface {
				return typeErr("interface is nil, not " + ifaceName(want))
			}
			return typeErr(from + " is nil, not " + want.String())
		}
		has := typeOfWord(dyn)
		if want.Kind() == reflect.Interface {
			return typeErr(has.String() + " is not " + want.String() +
				": missing method " + e.missingMethod(has, iface))
		}
		s := typeErr(from + " is " + has.String() + ", not " + want.String())
		if has.String() == want.String() {
			s += " (types from different scopes)"
		}
		return s
	}
}

func ifaceName(it reflect.Type) string {
	if it.NumMethod() == 0 && it.Name() == "" {
		return "interface {}"
	}
	return it.String()
}

// missingMethod names the first method of an interface that a type lacks.
func (e *Engine) missingMethod(has reflect.Type, iface types.Type) string {
	it := iface.Underlying().(*types.Interface)
	for i := range it.NumMethods() {
		name := it.Method(i).Name()
		if _, ok := has.MethodByName(name); !ok {
			return name
		}
	}
	return "?"
}
