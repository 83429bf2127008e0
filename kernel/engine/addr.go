package engine

import (
	"go/token"
	"go/types"
	"math"
	"reflect"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// address is how a load or store finds its memory.
type address struct {
	kind addrKind
	off  uintptr            // aFrame: the frame offset; aPointer: offset behind the pointer
	base uintptr            // register of the pointer or slice
	idx  uintptr            // register of the index, an int
	get  func(*frame) int64 // reads an index of another type
	size uintptr            // of an element
	n    int                // elements of an array
}

type addrKind uint8

const (
	aFrame   addrKind = iota // a register
	aPointer                 // *(base + off)
	aElem                    // slice base, element idx
	aArray                   // pointer to array base, element idx
	aLocal                   // array in the frame at off, element idx
)

// static returns the frame offset of a variable, or part of one, that lives in
// the frame.
func (c *compiler) static(v ssa.Value) (uintptr, bool) {
	switch v := v.(type) {
	case *ssa.Alloc:
		if c.plan.local[v] {
			return c.lay.off(c.plan.homes[v]), true
		}
	case *ssa.FieldAddr:
		if off, ok := c.static(v.X); ok {
			return off + c.fieldOffset(v), true
		}
	case *ssa.IndexAddr:
		if i, ok := intConst(v.Index); ok {
			if arr, ok := arrayOf(v.X.Type()); ok && i >= 0 && int64(i) < arr.Len() {
				if off, ok := c.static(v.X); ok {
					return off + uintptr(i)*c.rtype(arr.Elem()).Size(), true
				}
			}
		}
	}
	return 0, false
}

// arrayOf returns the array type that t points to.
func arrayOf(t types.Type) (*types.Array, bool) {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return nil, false
	}
	a, ok := p.Elem().Underlying().(*types.Array)
	return a, ok
}

func (c *compiler) fieldOffset(v *ssa.FieldAddr) uintptr {
	return c.rtype(deref(v.X.Type())).Field(v.Field).Offset
}

// address returns how to reach what v points to. A field or element address that
// only this access uses is computed by it.
func (c *compiler) address(v ssa.Value) address {
	if off, ok := c.static(v); ok {
		return address{kind: aFrame, off: off}
	}
	ins, isInstr := v.(ssa.Instruction)
	switch w := v.(type) {
	case *ssa.FieldAddr:
		if isInstr && c.plan.skip[ins] {
			return c.fieldAddress(w)
		}
	case *ssa.IndexAddr:
		if isInstr && c.plan.skip[ins] {
			return c.elemAddress(w)
		}
	}
	return address{kind: aPointer, base: c.off(v)}
}

func (c *compiler) fieldAddress(v *ssa.FieldAddr) address {
	return address{kind: aPointer, base: c.off(v.X), off: c.fieldOffset(v)}
}

func (c *compiler) elemAddress(v *ssa.IndexAddr) address {
	a := address{idx: c.off(v.Index), size: c.rtype(deref(v.Type())).Size()}
	if k := c.rtype(v.Index.Type()).Kind(); k != reflect.Int {
		a.get = intGetter(k, a.idx)
	}
	arr, ok := arrayOf(v.X.Type())
	if !ok {
		a.kind, a.base = aElem, c.off(v.X)
		return a
	}
	a.n = int(arr.Len())
	if off, ok := c.static(v.X); ok {
		a.kind, a.off = aLocal, off
		return a
	}
	a.kind, a.base = aArray, c.off(v.X)
	return a
}

func (a *address) index(fr *frame) int {
	if a.get != nil {
		return int(a.get(fr))
	}
	return *at[int](fr, a.idx)
}

// pointer returns a function that computes the address, for values without a
// faster way.
func (a address) pointer() func(fr *frame) unsafe.Pointer {
	switch a.kind {
	case aFrame:
		return func(fr *frame) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(fr), a.off) }
	case aPointer:
		base, off := a.base, a.off
		return func(fr *frame) unsafe.Pointer {
			p := *at[unsafe.Pointer](fr, base)
			if p == nil {
				panicNil()
			}
			return unsafe.Add(p, off)
		}
	case aElem:
		return func(fr *frame) unsafe.Pointer {
			i, s := a.index(fr), at[[]struct{}](fr, a.base)
			_ = (*s)[i]
			return unsafe.Add(*at[unsafe.Pointer](fr, a.base), uintptr(i)*a.size)
		}
	case aArray:
		return func(fr *frame) unsafe.Pointer {
			p := *at[unsafe.Pointer](fr, a.base)
			if p == nil {
				panicNil()
			}
			return unsafe.Add(p, a.checked(fr)*a.size)
		}
	}
	return func(fr *frame) unsafe.Pointer {
		return unsafe.Add(unsafe.Pointer(fr), a.off+a.checked(fr)*a.size)
	}
}

// checked returns the index into an array after its bounds check.
func (a *address) checked(fr *frame) uintptr {
	i := a.index(fr)
	if uint(i) >= uint(a.n) {
		panicIndex(i, a.n)
	}
	return uintptr(i)
}

// panicIndex panics as Go does for x[i] with len(x) == n.
func panicIndex(i, n int) {
	_ = make([]struct{}, n)[i]
	panic("unreachable")
}

// panicNil panics as Go does when a nil pointer is followed.
func panicNil() {
	var p *byte
	*p = 0
}

func (c *compiler) genAlloc(ins *ssa.Alloc) {
	rt := c.rtype(deref(ins.Type()))
	s := shapeOf(rt)
	if c.plan.local[ins] {
		off := c.lay.off(c.plan.homes[ins])
		c.emit(func(fr *frame) { s.zero(unsafe.Add(unsafe.Pointer(fr), off)) }, ins.Pos())
		return
	}
	d := c.off(ins)
	c.emit(newOp(c.e, rt, d), ins.Pos())
}

// newOp allocates a zero value of type rt.
func newOp(e *Engine, rt reflect.Type, d uintptr) op {
	if rt.Size() > uintptr(e.cfg.MaxAlloc) { // unsigned: a type may be of 2⁶³ bytes
		return func(*frame) { panic(e.tooBig(int64(min(rt.Size(), math.MaxInt64)))) }
	}
	switch rt.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr,
		reflect.Float64:
		return func(fr *frame) { *at[*uint64](fr, d) = new(uint64) }
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return func(fr *frame) { *at[*uint8](fr, d) = new(uint8) }
	case reflect.String:
		return func(fr *frame) { *at[*string](fr, d) = new(string) }
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan:
		return func(fr *frame) { *at[*unsafe.Pointer](fr, d) = new(unsafe.Pointer) }
	case reflect.Slice:
		return func(fr *frame) { *at[*[]byte](fr, d) = new([]byte) }
	case reflect.Interface:
		return func(fr *frame) { *at[*any](fr, d) = new(any) }
	}
	return func(fr *frame) { *at[unsafe.Pointer](fr, d) = reflect.New(rt).UnsafePointer() }
}

func (c *compiler) genLoad(ins *ssa.UnOp) {
	a := c.address(ins.X)
	s, d := c.shape(ins.Type()), c.off(ins)
	if a.kind == aFrame {
		c.emit(moveOp(s, d, a.off), ins.Pos())
		return
	}
	pos := ins.Pos()
	if pos == token.NoPos {
		pos = ins.X.Pos()
	}
	if m := accessors[s.class]; m != nil {
		c.emit(m.load(a, d), pos)
		return
	}
	p := a.pointer()
	c.emit(func(fr *frame) { s.copyBig(unsafe.Add(unsafe.Pointer(fr), d), p(fr)) }, pos)
}

func (c *compiler) genStore(ins *ssa.Store) {
	if fa, ok := ins.Addr.(*ssa.FieldAddr); ok && isBlankField(fa) {
		return
	}
	if g, ok := ins.Addr.(*ssa.Global); ok && isStdVar(g) {
		cellsAssign.Store(true)
	}
	if bin, ok := ins.Val.(*ssa.BinOp); ok && c.plan.skip[bin] {
		c.emit(c.fusedOp(bin, c.place(ins.Addr)), bin.Pos())
		return
	}
	a := c.address(ins.Addr)
	s, x := c.shape(ins.Val.Type()), c.off(ins.Val)
	if a.kind == aFrame {
		c.emit(moveOp(s, a.off, x), ins.Pos())
		return
	}
	pos := ins.Pos()
	if pos == token.NoPos {
		pos = ins.Addr.Pos()
	}
	if m := accessors[s.class]; m != nil {
		c.emit(m.store(a, x), pos)
		return
	}
	p := a.pointer()
	c.emit(func(fr *frame) { s.copyBig(p(fr), unsafe.Add(unsafe.Pointer(fr), x)) }, pos)
}

// genAddr binds a FieldAddr or IndexAddr whose address is needed as a value.
func (c *compiler) genAddr(v ssa.Value, a address) {
	if _, ok := c.static(v); ok {
		return // every user reaches the frame directly
	}
	d, p := c.off(v), a.pointer()
	c.emit(func(fr *frame) { *at[unsafe.Pointer](fr, d) = p(fr) }, v.Pos())
}

// isBlankField tells whether a field is called _; those stay zero.
func isBlankField(fa *ssa.FieldAddr) bool {
	st, ok := deref(fa.X.Type()).Underlying().(*types.Struct)
	return ok && st.Field(fa.Field).Name() == "_"
}

// isStdVar tells whether g is os.Stdin, os.Stdout or os.Stderr.
func isStdVar(g *ssa.Global) bool {
	return g.Pkg != nil && g.Pkg.Pkg.Path() == "os" && strings.HasPrefix(g.Name(), "Std")
}
