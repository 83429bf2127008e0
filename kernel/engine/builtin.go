package engine

import (
	"fmt"
	"go/types"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// builtinFunc returns a callable for a builtin in a go or defer statement.
func (c *compiler) builtinFunc(b *ssa.Builtin, args []ssa.Value) *function {
	f := &function{e: c.e, name: b.Name()}
	var in, out []reflect.Type
	for _, a := range args {
		in = append(in, c.rtype(a.Type()))
	}
	rs := b.Type().(*types.Signature).Results()
	for i := range rs.Len() {
		out = append(out, c.rtype(rs.At(i).Type()))
	}
	f.body.Store(synthetic(f, in, out, nil, func(as, res, _ []uintptr) op {
		if b.Name() == "recover" { // as if called by the function that defers it
			return func(fr *frame) {
				*at[any](fr, res[0]) = nil
				if fr.panics == nil { // its caller is not panicking itself
					*at[any](fr, res[0]) = doRecover(fr.caller)
				}
			}
		}
		return c.builtin(b, args, as, res)
	}))
	return f
}

// builtin binds a builtin to registers.
func (c *compiler) builtin(b *ssa.Builtin, vs []ssa.Value, args, res []uintptr) op {
	var d uintptr
	if len(res) > 0 {
		d = res[0]
	}
	switch b.Name() {
	case "len", "cap":
		return c.lenOp(b.Name() == "len", vs[0].Type(), args[0], d)
	case "append":
		return c.appendOp(vs, args, d)
	case "copy":
		return c.copyOp(vs, args, d, len(res) > 0)
	case "panic":
		x := c.toAny(vs[0].Type())
		return func(fr *frame) { goPanic(x(at[any](fr, args[0]))) }
	case "recover":
		return func(fr *frame) { *at[any](fr, d) = doRecover(fr) }
	case "print", "println":
		return c.printOp(vs, args, b.Name() == "println")
	case "delete":
		return c.deleteOp(vs[0].Type(), args)
	case "close":
		rt := c.rtype(vs[0].Type())
		return func(fr *frame) { regValue(fr, rt, args[0]).Close() }
	case "clear":
		return c.clearOp(vs[0].Type(), args[0])
	case "min", "max":
		return c.minMax(b.Name() == "min", vs[0].Type(), args, d)
	case "real", "imag", "complex":
		return c.complexOp(b.Name(), vs[0].Type(), args, d)
	}
	return c.unsafeBuiltin(b, vs, args, d)
}

// unsafeBuiltin binds the functions of package unsafe and those of go/ssa.
func (c *compiler) unsafeBuiltin(b *ssa.Builtin, vs []ssa.Value, args []uintptr, d uintptr) op {
	switch b.Name() {
	case "ssa:wrapnilchk":
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, args[0])
			if p == nil {
				typ, name := *at[string](fr, args[1]), *at[string](fr, args[2])
				panic(plainError(fmt.Sprintf("value method %s.%s called using nil *%s pointer",
					typ, name, baseName(typ))))
			}
			*at[unsafe.Pointer](fr, d) = p
		}
	case "ssa:deferstack":
		return func(fr *frame) { *at[*frame](fr, d) = fr }
	case "Sizeof", "Alignof", "Offsetof":
		return c.sizeOp(b.Name(), vs[0], d)
	case "Slice", "String":
		n := intGetter(c.rtype(vs[1].Type()).Kind(), args[1])
		str := b.Name() == "String"
		size := max(1, c.rtype(vs[0].Type()).Elem().Size())
		return func(fr *frame) {
			p, k := *at[unsafe.Pointer](fr, args[0]), int(n(fr))
			if k < 0 || p == nil && k > 0 || uint64(k) > 1<<47/uint64(size) {
				panic(rtError("unsafe." + b.Name() + ": len out of range"))
			}
			if str {
				*at[string](fr, d) = unsafe.String((*byte)(p), k)
			} else {
				*at[sword](fr, d) = sword{p, k, k}
			}
		}
	case "SliceData", "StringData":
		return func(fr *frame) { *at[unsafe.Pointer](fr, d) = *at[unsafe.Pointer](fr, args[0]) }
	case "Add":
		n := intGetter(c.rtype(vs[1].Type()).Kind(), args[1])
		return func(fr *frame) {
			*at[unsafe.Pointer](fr, d) = unsafe.Add(*at[unsafe.Pointer](fr, args[0]), int(n(fr)))
		}
	}
	panic(errorf("builtin %s", b.Name()))
}

// sizeOp binds Sizeof and its like where the argument's type comes from a type
// parameter; elsewhere they are constants.
func (c *compiler) sizeOp(name string, v ssa.Value, d uintptr) op {
	rt := c.rtype(v.Type())
	n := rt.Size()
	switch name {
	case "Alignof":
		n = uintptr(rt.Align())
	case "Offsetof":
		n = 0
		if f, ok := v.(*ssa.Field); ok {
			n = c.rtype(f.X.Type()).Field(f.Field).Offset
		} else if ld, ok := v.(*ssa.UnOp); ok {
			if fa, ok := ld.X.(*ssa.FieldAddr); ok {
				n = c.fieldOffset(fa)
			}
		}
	}
	return func(fr *frame) { *at[uintptr](fr, d) = n }
}

// doRecover returns what the running deferred call may recover.
func doRecover(fr *frame) any {
	u := fr.panics
	if u == nil || u.kind != uwPanic || u.recovered {
		return nil
	}
	u.recovered = true
	return u.value
}

// regValue returns a register as an addressable reflected value.
func regValue(fr *frame, rt reflect.Type, off uintptr) reflect.Value {
	return reflect.NewAt(rt, unsafe.Add(unsafe.Pointer(fr), off)).Elem()
}

func (c *compiler) lenOp(isLen bool, t types.Type, x, d uintptr) op {
	rt := c.rtype(t)
	switch rt.Kind() {
	case reflect.String:
		return func(fr *frame) { *at[int](fr, d) = len(*at[string](fr, x)) }
	case reflect.Slice:
		if isLen {
			return func(fr *frame) { *at[int](fr, d) = at[sword](fr, x).len }
		}
		return func(fr *frame) { *at[int](fr, d) = at[sword](fr, x).cap }
	case reflect.Array:
		n := rt.Len()
		return func(fr *frame) { *at[int](fr, d) = n }
	case reflect.Pointer:
		n := rt.Elem().Len()
		return func(fr *frame) { *at[int](fr, d) = n }
	}
	if isLen {
		return func(fr *frame) { *at[int](fr, d) = regValue(fr, rt, x).Len() }
	}
	return func(fr *frame) { *at[int](fr, d) = regValue(fr, rt, x).Cap() }
}

// appendOp binds append(s, more...), where more may be a string.
func (c *compiler) appendOp(vs []ssa.Value, args []uintptr, d uintptr) op {
	if len(vs) == 1 {
		return moveOp(c.shape(vs[0].Type()), d, args[0])
	}
	elem := c.elemType(vs[0].Type())
	size, alloc, cp, e := elem.Size(), makeSlice(elem), elemCopier(elem), c.e
	x, y := args[0], args[1]
	isString := c.rtype(vs[1].Type()).Kind() == reflect.String
	s8 := shapeOf(elem)
	return func(fr *frame) {
		s := *at[sword](fr, x)
		var m sword
		if isString {
			t := *at[string](fr, y)
			m = sword{unsafe.Pointer(unsafe.StringData(t)), len(t), len(t)}
		} else {
			m = *at[sword](fr, y)
		}
		if m.len == 0 {
			*at[sword](fr, d) = s
			return
		}
		s = e.grow(s, m.len, size, alloc, cp)
		if m.len == 1 {
			s8.copyMem(unsafe.Add(s.ptr, uintptr(s.len)*size), m.ptr)
		} else if size != 0 {
			cp(unsafe.Add(s.ptr, uintptr(s.len)*size), m.ptr, m.len)
		}
		s.len += m.len
		*at[sword](fr, d) = s
	}
}

func (c *compiler) copyOp(vs []ssa.Value, args []uintptr, d uintptr, want bool) op {
	cp := elemCopier(c.elemType(vs[0].Type()))
	x, y := args[0], args[1]
	isString := c.rtype(vs[1].Type()).Kind() == reflect.String
	return func(fr *frame) {
		dst := *at[sword](fr, x)
		var src sword
		if isString {
			t := *at[string](fr, y)
			src.ptr, src.len = unsafe.Pointer(unsafe.StringData(t)), len(t)
		} else {
			src = *at[sword](fr, y)
		}
		n := min(dst.len, src.len)
		if n > 0 {
			cp(dst.ptr, src.ptr, n)
		}
		if want {
			*at[int](fr, d) = n
		}
	}
}

func (c *compiler) clearOp(t types.Type, x uintptr) op {
	rt := c.rtype(t)
	if rt.Kind() == reflect.Map {
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, x)
			defer fr.g.lockMap(p)()
			regValue(fr, rt, x).Clear()
		}
	}
	return func(fr *frame) { regValue(fr, rt, x).Clear() }
}

// minMax binds min and max of two or more arguments.
func (c *compiler) minMax(isMin bool, t types.Type, args []uintptr, d uintptr) op {
	rt := c.rtype(t)
	s := shapeOf(rt)
	var better func(fr *frame, a, b uintptr) bool // b replaces a
	if k := rt.Kind(); k == reflect.Float64 || k == reflect.Float32 {
		better = func(fr *frame, a, b uintptr) bool {
			return floatBetter(isMin, regValue(fr, rt, a).Float(), regValue(fr, rt, b).Float())
		}
	} else {
		better = func(fr *frame, a, b uintptr) bool {
			if isMin {
				return lessValue(regValue(fr, rt, b), regValue(fr, rt, a))
			}
			return lessValue(regValue(fr, rt, a), regValue(fr, rt, b))
		}
	}
	if rt.Kind() == reflect.Int && len(args) == 2 {
		x, y := args[0], args[1]
		if isMin {
			return func(fr *frame) { *at[int](fr, d) = min(*at[int](fr, x), *at[int](fr, y)) }
		}
		return func(fr *frame) { *at[int](fr, d) = max(*at[int](fr, x), *at[int](fr, y)) }
	}
	return func(fr *frame) {
		best := args[0]
		for _, a := range args[1:] {
			if better(fr, best, a) {
				best = a
			}
		}
		s.copyMem(unsafe.Add(unsafe.Pointer(fr), d), unsafe.Add(unsafe.Pointer(fr), best))
	}
}

// floatBetter orders as min and max do: NaN wins, -0 is less than 0.
func floatBetter(isMin bool, a, b float64) bool {
	switch {
	case a != a:
		return false
	case b != b:
		return true
	case a == 0 && b == 0:
		return math.Signbit(b) == isMin && math.Signbit(a) != isMin
	case isMin:
		return b < a
	}
	return b > a
}

func lessValue(a, b reflect.Value) bool {
	switch {
	case a.CanInt():
		return a.Int() < b.Int()
	case a.CanUint():
		return a.Uint() < b.Uint()
	}
	return a.String() < b.String()
}

func (c *compiler) complexOp(name string, t types.Type, args []uintptr, d uintptr) op {
	k := c.rtype(t).Kind()
	x := args[0]
	switch {
	case name == "complex" && k == reflect.Float32:
		return func(fr *frame) {
			*at[complex64](fr, d) = complex(*at[float32](fr, x), *at[float32](fr, args[1]))
		}
	case name == "complex":
		return func(fr *frame) {
			*at[complex128](fr, d) = complex(*at[float64](fr, x), *at[float64](fr, args[1]))
		}
	case name == "real" && k == reflect.Complex64:
		return func(fr *frame) { *at[float32](fr, d) = real(*at[complex64](fr, x)) }
	case name == "real":
		return func(fr *frame) { *at[float64](fr, d) = real(*at[complex128](fr, x)) }
	case k == reflect.Complex64:
		return func(fr *frame) { *at[float32](fr, d) = imag(*at[complex64](fr, x)) }
	}
	return func(fr *frame) { *at[float64](fr, d) = imag(*at[complex128](fr, x)) }
}

// printOp binds print and println, which write to the cell's standard error.
func (c *compiler) printOp(vs []ssa.Value, args []uintptr, line bool) op {
	var rts []reflect.Type
	for _, v := range vs {
		rts = append(rts, c.rtype(v.Type()))
	}
	return func(fr *frame) {
		var out []byte
		for i, rt := range rts {
			if i > 0 && line {
				out = append(out, ' ')
			}
			out = appendPrinted(out, regValue(fr, rt, args[i]))
		}
		if line {
			out = append(out, '\n')
		}
		_, _ = fr.g.x.stderr().Write(out)
	}
}

// appendPrinted formats a value as the print builtin does.
func appendPrinted(out []byte, v reflect.Value) []byte {
	switch {
	case v.Kind() == reflect.Bool:
		return strconv.AppendBool(out, v.Bool())
	case v.Kind() == reflect.String:
		return append(out, v.String()...)
	case v.CanInt():
		return strconv.AppendInt(out, v.Int(), 10)
	case v.CanUint():
		return strconv.AppendUint(out, v.Uint(), 10)
	case v.CanFloat():
		return strconv.AppendFloat(out, v.Float(), 'g', -1, v.Type().Bits())
	case v.CanComplex():
		return append(out, strconv.FormatComplex(v.Complex(), 'g', -1, v.Type().Bits())...)
	case v.Kind() == reflect.Slice:
		return fmt.Appendf(out, "[%d/%d]%#x", v.Len(), v.Cap(), v.Pointer())
	case v.Kind() == reflect.Interface:
		w := (*iword)(v.Addr().UnsafePointer())
		return fmt.Appendf(out, "(%#x,%#x)", uintptr(w.tab), uintptr(w.data))
	}
	return fmt.Appendf(out, "%#x", v.Pointer())
}

// baseName strips the package of a type name.
func baseName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
