package engine

import (
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// genConvert binds a conversion that changes the representation.
func (c *compiler) genConvert(ins *ssa.Convert) {
	d, x := c.off(ins), c.off(ins.X)
	from, to := c.rtype(ins.X.Type()), c.rtype(ins.Type())
	f := numConv(from.Kind(), to.Kind(), d, x)
	if f == nil {
		f = c.otherConv(from, to, d, x)
	}
	c.emit(f, ins.Pos())
}

func (c *compiler) otherConv(from, to reflect.Type, d, x uintptr) op {
	fk, tk := from.Kind(), to.Kind()
	switch {
	case fk == reflect.UnsafePointer && tk == reflect.Uintptr:
		return func(fr *frame) { *at[uintptr](fr, d) = uintptr(*at[unsafe.Pointer](fr, x)) }
	case fk == reflect.Uintptr && tk == reflect.UnsafePointer:
		return uintptrToPointer(d, x)
	case tk == reflect.String && fk == reflect.Slice && from.Elem().Kind() == reflect.Uint8:
		return func(fr *frame) { *at[string](fr, d) = string(*at[[]byte](fr, x)) }
	case tk == reflect.String && fk == reflect.Slice:
		return func(fr *frame) { *at[string](fr, d) = string(*at[[]rune](fr, x)) }
	case fk == reflect.String && tk == reflect.Slice && to.Elem().Kind() == reflect.Uint8:
		return func(fr *frame) { *at[[]byte](fr, d) = []byte(*at[string](fr, x)) }
	case fk == reflect.String && tk == reflect.Slice:
		return func(fr *frame) { *at[[]rune](fr, d) = []rune(*at[string](fr, x)) }
	case tk == reflect.String && isIntKind(fk):
		get := intGetter(fk, x)
		return func(fr *frame) { *at[string](fr, d) = runeString(get(fr)) }
	case classOf(from) == classOf(to):
		return moveOp(shapeOf(to), d, x)
	}
	panic(errorf("conversion of %s to %s", from, to))
}

// uintptrToPointer copies the bits; the address must be kept alive otherwise, as
// in Go.
func uintptrToPointer(d, x uintptr) op {
	return func(fr *frame) {
		*at[unsafe.Pointer](fr, d) = *(*unsafe.Pointer)(unsafe.Pointer(at[uintptr](fr, x)))
	}
}

func runeString(n int64) string {
	if n != int64(rune(n)) {
		return "\uFFFD"
	}
	return string(rune(n))
}

func isIntKind(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uintptr }

// numConv converts between numbers, nil if one of the kinds is none.
func numConv(from, to reflect.Kind, d, x uintptr) op {
	switch from {
	case reflect.Int, reflect.Int64:
		return convFrom[int64](to, d, x)
	case reflect.Int8:
		return convFrom[int8](to, d, x)
	case reflect.Int16:
		return convFrom[int16](to, d, x)
	case reflect.Int32:
		return convFrom[int32](to, d, x)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return convFrom[uint64](to, d, x)
	case reflect.Uint8:
		return convFrom[uint8](to, d, x)
	case reflect.Uint16:
		return convFrom[uint16](to, d, x)
	case reflect.Uint32:
		return convFrom[uint32](to, d, x)
	case reflect.Float32:
		return convFrom[float32](to, d, x)
	case reflect.Float64:
		return convFrom[float64](to, d, x)
	case reflect.Complex64:
		if to == reflect.Complex128 {
			return func(fr *frame) { *at[complex128](fr, d) = complex128(*at[complex64](fr, x)) }
		}
	case reflect.Complex128:
		if to == reflect.Complex64 {
			return func(fr *frame) { *at[complex64](fr, d) = complex64(*at[complex128](fr, x)) }
		}
	}
	return nil
}

func convFrom[F realNum](to reflect.Kind, d, x uintptr) op {
	switch to {
	case reflect.Int, reflect.Int64:
		return conv[F, int64](d, x)
	case reflect.Int8:
		return conv[F, int8](d, x)
	case reflect.Int16:
		return conv[F, int16](d, x)
	case reflect.Int32:
		return conv[F, int32](d, x)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return conv[F, uint64](d, x)
	case reflect.Uint8:
		return conv[F, uint8](d, x)
	case reflect.Uint16:
		return conv[F, uint16](d, x)
	case reflect.Uint32:
		return conv[F, uint32](d, x)
	case reflect.Float32:
		return conv[F, float32](d, x)
	case reflect.Float64:
		return conv[F, float64](d, x)
	}
	return nil
}

func conv[F, T realNum](d, x uintptr) op {
	return func(fr *frame) { *at[T](fr, d) = T(*at[F](fr, x)) }
}

// genSliceToArray binds the conversion of a slice to a pointer to an array.
func (c *compiler) genSliceToArray(ins *ssa.SliceToArrayPointer) {
	d, x := c.off(ins), c.off(ins.X)
	n := c.rtype(ins.Type()).Elem().Len()
	c.emit(func(fr *frame) {
		s := at[[]struct{}](fr, x)
		if len(*s) < n {
			panic(rtError("cannot convert slice with length " + itoa(len(*s)) +
				" to array or pointer to array with length " + itoa(n)))
		}
		*at[unsafe.Pointer](fr, d) = *at[unsafe.Pointer](fr, x)
	}, ins.Pos())
}
