package engine

import (
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

type realNum interface{ integer | ~float32 | ~float64 }

type number interface {
	realNum | ~complex64 | ~complex128
}

// genBinOp binds arithmetic; comparisons are in compare.go.
func (c *compiler) genBinOp(ins *ssa.BinOp) {
	switch ins.Op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		c.genCompare(ins)
		return
	case token.SHL, token.SHR:
		c.genShift(ins)
		return
	}
	if c.plan.fused[ins] {
		c.emit(c.fusedOp(ins, loc{off: c.off(ins)}), ins.Pos())
		return
	}
	d, x, y := c.off(ins), c.off(ins.X), c.off(ins.Y)
	var f op
	switch c.rtype(ins.X.Type()).Kind() {
	case reflect.Int:
		f = intOp[int](ins.Op, d, x, y)
		if k, ok := intConst(ins.Y); ok && ins.Op == token.ADD {
			f = addConst(d, x, k)
		} else if ok && ins.Op == token.SUB {
			f = addConst(d, x, -k)
		}
	case reflect.Int8:
		f = intOp[int8](ins.Op, d, x, y)
	case reflect.Int16:
		f = intOp[int16](ins.Op, d, x, y)
	case reflect.Int32:
		f = intOp[int32](ins.Op, d, x, y)
	case reflect.Int64:
		f = intOp[int64](ins.Op, d, x, y)
	case reflect.Uint:
		f = intOp[uint](ins.Op, d, x, y)
	case reflect.Uint8:
		f = intOp[uint8](ins.Op, d, x, y)
	case reflect.Uint16:
		f = intOp[uint16](ins.Op, d, x, y)
	case reflect.Uint32:
		f = intOp[uint32](ins.Op, d, x, y)
	case reflect.Uint64:
		f = intOp[uint64](ins.Op, d, x, y)
	case reflect.Uintptr:
		f = intOp[uintptr](ins.Op, d, x, y)
	case reflect.Float32:
		f = numOp[float32](ins.Op, d, x, y)
	case reflect.Float64:
		f = numOp[float64](ins.Op, d, x, y)
	case reflect.Complex64:
		f = numOp[complex64](ins.Op, d, x, y)
	case reflect.Complex128:
		f = numOp[complex128](ins.Op, d, x, y)
	case reflect.String:
		f = concat(c.e, d, x, y)
	}
	c.emit(f, ins.Pos())
}

// addConst is x + k, the commonest op of loops.
func addConst(d, x uintptr, k int) op {
	if d == x {
		return func(fr *frame) { *at[int](fr, d) += k }
	}
	return func(fr *frame) { *at[int](fr, d) = *at[int](fr, x) + k }
}

func intConst(v ssa.Value) (int, bool) {
	k, ok := v.(*ssa.Const)
	if !ok || k.Value == nil {
		return 0, false
	}
	if b, ok := k.Type().Underlying().(*types.Basic); !ok || b.Kind() != types.Int {
		return 0, false
	}
	return int(k.Int64()), true
}

func concat(e *Engine, d, x, y uintptr) op {
	return func(fr *frame) {
		s, t := *at[string](fr, x), *at[string](fr, y)
		if int64(len(s))+int64(len(t)) > e.cfg.MaxAlloc {
			panic(e.tooBig(int64(len(s)) + int64(len(t))))
		}
		*at[string](fr, d) = s + t
	}
}

func numOp[T number](o token.Token, d, x, y uintptr) op {
	switch o {
	case token.ADD:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) + *at[T](fr, y) }
	case token.SUB:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) - *at[T](fr, y) }
	case token.MUL:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) * *at[T](fr, y) }
	case token.QUO:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) / *at[T](fr, y) }
	}
	return nil
}

func intOp[T integer](o token.Token, d, x, y uintptr) op {
	switch o {
	case token.REM:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) % *at[T](fr, y) }
	case token.AND:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) & *at[T](fr, y) }
	case token.OR:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) | *at[T](fr, y) }
	case token.XOR:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) ^ *at[T](fr, y) }
	case token.AND_NOT:
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) &^ *at[T](fr, y) }
	}
	return numOp[T](o, d, x, y)
}

// genShift binds << and >>; the count is read by its own type.
func (c *compiler) genShift(ins *ssa.BinOp) {
	d, x := c.off(ins), c.off(ins.X)
	count := shiftCount(c.rtype(ins.Y.Type()).Kind(), c.off(ins.Y))
	left := ins.Op == token.SHL
	var f op
	switch c.rtype(ins.X.Type()).Kind() {
	case reflect.Int:
		f = shift[int](left, d, x, count)
	case reflect.Int8:
		f = shift[int8](left, d, x, count)
	case reflect.Int16:
		f = shift[int16](left, d, x, count)
	case reflect.Int32:
		f = shift[int32](left, d, x, count)
	case reflect.Int64:
		f = shift[int64](left, d, x, count)
	case reflect.Uint:
		f = shift[uint](left, d, x, count)
	case reflect.Uint8:
		f = shift[uint8](left, d, x, count)
	case reflect.Uint16:
		f = shift[uint16](left, d, x, count)
	case reflect.Uint32:
		f = shift[uint32](left, d, x, count)
	case reflect.Uint64:
		f = shift[uint64](left, d, x, count)
	case reflect.Uintptr:
		f = shift[uintptr](left, d, x, count)
	}
	c.emit(f, ins.Pos())
}

func shift[T integer](left bool, d, x uintptr, count func(*frame) uint64) op {
	if left {
		return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) << count(fr) }
	}
	return func(fr *frame) { *at[T](fr, d) = *at[T](fr, x) >> count(fr) }
}

func shiftCount(k reflect.Kind, y uintptr) func(*frame) uint64 {
	get := intGetter(k, y)
	switch k {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(fr *frame) uint64 {
			n := get(fr)
			if n < 0 {
				panic(rtError("negative shift amount"))
			}
			return uint64(n)
		}
	}
	return func(fr *frame) uint64 { return uint64(get(fr)) }
}

// intGetter returns a function that reads an integer register as int64; a uint64
// keeps its bits.
func intGetter(k reflect.Kind, y uintptr) func(*frame) int64 {
	switch k {
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return func(fr *frame) int64 { return *at[int64](fr, y) }
	case reflect.Int8:
		return getAs[int8](y)
	case reflect.Int16:
		return getAs[int16](y)
	case reflect.Int32:
		return getAs[int32](y)
	case reflect.Uint8:
		return getAs[uint8](y)
	case reflect.Uint16:
		return getAs[uint16](y)
	}
	return getAs[uint32](y)
}

func getAs[T integer](y uintptr) func(*frame) int64 {
	return func(fr *frame) int64 { return int64(*at[T](fr, y)) }
}

// genUnOp binds -x, ^x, !x, *x and <-x.
func (c *compiler) genUnOp(ins *ssa.UnOp) {
	switch ins.Op {
	case token.MUL:
		c.genLoad(ins)
		return
	case token.ARROW:
		c.genRecv(ins)
		return
	}
	d, x := c.off(ins), c.off(ins.X)
	if ins.Op == token.NOT {
		c.emit(func(fr *frame) { *at[bool](fr, d) = !*at[bool](fr, x) }, ins.Pos())
		return
	}
	neg := ins.Op == token.SUB
	var f op
	switch c.rtype(ins.X.Type()).Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr:
		f = unInt[int64](neg, d, x)
	case reflect.Int32, reflect.Uint32:
		f = unInt[int32](neg, d, x)
	case reflect.Int16, reflect.Uint16:
		f = unInt[int16](neg, d, x)
	case reflect.Int8, reflect.Uint8:
		f = unInt[int8](neg, d, x)
	case reflect.Float32:
		f = func(fr *frame) { *at[float32](fr, d) = -*at[float32](fr, x) }
	case reflect.Float64:
		f = func(fr *frame) { *at[float64](fr, d) = -*at[float64](fr, x) }
	case reflect.Complex64:
		f = func(fr *frame) { *at[complex64](fr, d) = -*at[complex64](fr, x) }
	case reflect.Complex128:
		f = func(fr *frame) { *at[complex128](fr, d) = -*at[complex128](fr, x) }
	}
	c.emit(f, ins.Pos())
}

func unInt[T integer](neg bool, d, x uintptr) op {
	if neg {
		return func(fr *frame) { *at[T](fr, d) = -*at[T](fr, x) }
	}
	return func(fr *frame) { *at[T](fr, d) = ^*at[T](fr, x) }
}
