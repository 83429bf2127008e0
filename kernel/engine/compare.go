package engine

import (
	"cmp"
	"go/token"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// test is a comparison that has its registers.
type test func(fr *frame) bool

// isFusable tells whether a comparison cannot panic and is cheap, so that it may
// be done by the branch on it.
func isFusable(ins *ssa.BinOp) bool {
	switch ins.Op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return false
	}
	switch t := ins.X.Type().Underlying().(type) {
	case *types.Basic:
		return t.Info()&types.IsComplex == 0
	case *types.Pointer, *types.Chan:
		return types.Identical(ins.X.Type().Underlying(), ins.Y.Type().Underlying())
	}
	return false
}

func (c *compiler) genCompare(ins *ssa.BinOp) {
	d := c.off(ins)
	f := c.test(ins)
	c.emit(func(fr *frame) { *at[bool](fr, d) = f(fr) }, ins.Pos())
}

// test binds a comparison.
func (c *compiler) test(ins *ssa.BinOp) test {
	x, y, o := c.off(ins.X), c.off(ins.Y), ins.Op
	tx, ty := ins.X.Type(), ins.Y.Type()
	if types.IsInterface(tx) != types.IsInterface(ty) && !isNil(ins.X) && !isNil(ins.Y) {
		return c.mixedTest(ins)
	}
	if isNil(ins.X) {
		tx, x, y = ty, y, x
	}
	rt := c.rtype(tx)
	switch rt.Kind() {
	case reflect.Bool:
		return equal[bool](o, x, y)
	case reflect.Complex64:
		return equal[complex64](o, x, y)
	case reflect.Complex128:
		return equal[complex128](o, x, y)
	case reflect.String:
		return order[string](o, x, y)
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer, reflect.Func, reflect.Map:
		return equal[unsafe.Pointer](o, x, y)
	case reflect.Slice: // with nil only
		return func(fr *frame) bool {
			return (*at[unsafe.Pointer](fr, x) == nil) == (o == token.EQL)
		}
	case reflect.Interface:
		return c.ifaceTest(ins)
	case reflect.Struct, reflect.Array:
		eq := equality(rt)
		return func(fr *frame) bool {
			p := unsafe.Pointer(fr)
			return eq(unsafe.Add(p, x), unsafe.Add(p, y)) == (o == token.EQL)
		}
	}
	return numTest(rt.Kind(), o, x, y)
}

func isNil(v ssa.Value) bool {
	k, ok := v.(*ssa.Const)
	return ok && k.IsNil()
}

func numTest(k reflect.Kind, o token.Token, x, y uintptr) test {
	switch k {
	case reflect.Int, reflect.Int64:
		return order[int64](o, x, y)
	case reflect.Int8:
		return order[int8](o, x, y)
	case reflect.Int16:
		return order[int16](o, x, y)
	case reflect.Int32:
		return order[int32](o, x, y)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return order[uint64](o, x, y)
	case reflect.Uint8:
		return order[uint8](o, x, y)
	case reflect.Uint16:
		return order[uint16](o, x, y)
	case reflect.Uint32:
		return order[uint32](o, x, y)
	case reflect.Float32:
		return order[float32](o, x, y)
	}
	return order[float64](o, x, y)
}

func equal[T comparable](o token.Token, x, y uintptr) test {
	if o == token.EQL {
		return func(fr *frame) bool { return *at[T](fr, x) == *at[T](fr, y) }
	}
	return func(fr *frame) bool { return *at[T](fr, x) != *at[T](fr, y) }
}

func order[T cmp.Ordered](o token.Token, x, y uintptr) test {
	switch o {
	case token.LSS:
		return func(fr *frame) bool { return *at[T](fr, x) < *at[T](fr, y) }
	case token.LEQ:
		return func(fr *frame) bool { return *at[T](fr, x) <= *at[T](fr, y) }
	case token.GTR:
		return func(fr *frame) bool { return *at[T](fr, x) > *at[T](fr, y) }
	case token.GEQ:
		return func(fr *frame) bool { return *at[T](fr, x) >= *at[T](fr, y) }
	}
	return equal[T](o, x, y)
}

// equality compares values of a struct or array type in memory.
func equality(rt reflect.Type) func(x, y unsafe.Pointer) bool {
	return func(x, y unsafe.Pointer) bool {
		return reflect.NewAt(rt, x).Elem().Interface() == reflect.NewAt(rt, y).Elem().Interface()
	}
}

// ifaceTest compares two interfaces, or one with nil.
func (c *compiler) ifaceTest(ins *ssa.BinOp) test {
	want := ins.Op == token.EQL
	x, y := c.off(ins.X), c.off(ins.Y)
	if isNil(ins.X) || isNil(ins.Y) {
		if isNil(ins.X) {
			x = y
		}
		return func(fr *frame) bool { return (*at[unsafe.Pointer](fr, x) == nil) == want }
	}
	ax, ay := c.toAny(ins.X.Type()), c.toAny(ins.Y.Type())
	return func(fr *frame) bool {
		return (ax(at[any](fr, x)) == ay(at[any](fr, y))) == want
	}
}

// mixedTest compares an interface with a concrete value.
func (c *compiler) mixedTest(ins *ssa.BinOp) test {
	want := ins.Op == token.EQL
	x, y := c.loadAny(ins.X), c.loadAny(ins.Y)
	return func(fr *frame) bool { return (x(fr) == y(fr)) == want }
}

// loadAny returns a function that reads a register as an empty interface.
func (c *compiler) loadAny(v ssa.Value) func(fr *frame) any {
	x := c.off(v)
	if types.IsInterface(v.Type()) {
		f := c.toAny(v.Type())
		return func(fr *frame) any { return f(at[any](fr, x)) }
	}
	box := boxer(c.rtype(v.Type()))
	return func(fr *frame) any { return box(unsafe.Add(unsafe.Pointer(fr), x)) }
}

// compareBranch binds a comparison together with the branch on it.
func (c *compiler) compareBranch(
	ins *ssa.BinOp, yes, no *block, back bool,
) func(*frame) *block {
	if c.plan.fused[ins] {
		return testBranch(c.fusedTest(ins), yes, no, back)
	}
	x, y := c.off(ins.X), c.off(ins.Y)
	switch c.rtype(ins.X.Type()).Kind() {
	case reflect.Int, reflect.Int64:
		return orderBranch[int64](ins.Op, x, y, yes, no, back)
	case reflect.Float64:
		return orderBranch[float64](ins.Op, x, y, yes, no, back)
	case reflect.Int32:
		return orderBranch[int32](ins.Op, x, y, yes, no, back)
	case reflect.Uint8:
		return orderBranch[uint8](ins.Op, x, y, yes, no, back)
	}
	return testBranch(c.test(ins), yes, no, back)
}

func testBranch(f test, yes, no *block, back bool) func(*frame) *block {
	return func(fr *frame) *block {
		if back && fr.g.x.stop.Load() != 0 {
			fr.g.checkStop()
		}
		if f(fr) {
			return yes
		}
		return no
	}
}

func orderBranch[T cmp.Ordered](
	o token.Token, x, y uintptr, yes, no *block, back bool,
) func(*frame) *block {
	switch o {
	case token.NEQ:
		return orderBranch[T](token.EQL, x, y, no, yes, back)
	case token.GTR:
		return orderBranch[T](token.LSS, y, x, yes, no, back)
	case token.GEQ:
		return orderBranch[T](token.LEQ, y, x, yes, no, back)
	}
	if back {
		return backBranch[T](o, x, y, yes, no)
	}
	switch o {
	case token.EQL:
		return func(fr *frame) *block {
			if *at[T](fr, x) == *at[T](fr, y) {
				return yes
			}
			return no
		}
	case token.LSS:
		return func(fr *frame) *block {
			if *at[T](fr, x) < *at[T](fr, y) {
				return yes
			}
			return no
		}
	}
	return func(fr *frame) *block {
		if *at[T](fr, x) <= *at[T](fr, y) {
			return yes
		}
		return no
	}
}

func backBranch[T cmp.Ordered](o token.Token, x, y uintptr, yes, no *block) func(*frame) *block {
	if o == token.LSS {
		return func(fr *frame) *block {
			if fr.g.x.stop.Load() != 0 {
				fr.g.checkStop()
			}
			if *at[T](fr, x) < *at[T](fr, y) {
				return yes
			}
			return no
		}
	}
	f := order[T](o, x, y)
	return func(fr *frame) *block {
		if fr.g.x.stop.Load() != 0 {
			fr.g.checkStop()
		}
		if f(fr) {
			return yes
		}
		return no
	}
}
