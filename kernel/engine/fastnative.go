package engine

import (
	"reflect"
	"unsafe"
)

// fastNative binds a compiled func of a common shape without reflection; nil for
// other shapes. Types of one letter (see signature) are passed alike, so a func
// is called through the type of its shape; the rest of a variadic one is a slice.
func fastNative(v reflect.Value, args, res []uintptr) op {
	f, ok := fastShapes[signature(v.Type())]
	if !ok {
		return nil
	}
	return f(funcWord(v), args, res)
}

type fastBinder func(f unsafe.Pointer, args, res []uintptr) op

var fastShapes = map[string]fastBinder{
	":i": fast01[int], ":f": fast01[float64], ":s": fast01[string], ":e": fast01[any],
	":p": fast01[ptr], ":b": fast01[bool],
	"f:f": fast11[float64, float64], "s:s": fast11[string, string], "s:i": fast11[string, int],
	"i:s": fast11[int, string], "s:b": fast11[string, bool], "p:i": fast11[ptr, int],
	"p:s": fast11[ptr, string], "p:p": fast11[ptr, ptr], "p:b": fast11[ptr, bool],
	"r:b": fast11[int32, bool], "r:r": fast11[int32, int32], "s:e": fast11[string, any],
	"l:s": fast11[bytes, string], "p:f": fast11[ptr, float64], "i:f": fast11[int, float64],
	"f:b": fast11[float64, bool], "f:i": fast11[float64, int], "i:i": fast11[int, int],
	"p:e": fast11[ptr, any], "l:f": fast11[bytes, float64], "l:l": fast11[bytes, bytes],
	"s:l": fast11[string, bytes], "e:p": fast11[any, ptr], "e:s": fast11[any, string],
	"e:e": fast11[any, any], "p:l": fast11[ptr, bytes], "i:p": fast11[int, ptr],
	"f:s": fast11[float64, string], "i:b": fast11[int, bool], "e:b": fast11[any, bool],
	"ff:f": fast21[float64, float64, float64], "ss:b": fast21[string, string, bool],
	"ss:i": fast21[string, string, int], "ss:s": fast21[string, string, string],
	"ss:l": fast21[string, string, bytes], "ls:s": fast21[bytes, string, string],
	"pi:i": fast21[ptr, int, int], "pi:f": fast21[ptr, int, float64],
	"pi:p": fast21[ptr, int, ptr], "ps:s": fast21[ptr, string, string],
	"ii:i": fast21[int, int, int], "is:s": fast21[int, string, string],
	"si:s": fast21[string, int, string], "pp:b": fast21[ptr, ptr, bool],
	"pp:i": fast21[ptr, ptr, int], "pp:p": fast21[ptr, ptr, ptr],
	"ll:f": fast21[bytes, bytes, float64], "l:e": fast11[bytes, any],
	"ps:e": fast21[ptr, string, any], "ee:b": fast21[any, any, bool],
	"sl:s": fast21[string, bytes, string], "sl:e": fast21[string, bytes, any],
	"li:i": fast21[bytes, int, int], "ff:b": fast21[float64, float64, bool],
	"p:": fast10[ptr], "i:": fast10[int], "l:": fast10[bytes], "e:": fast10[any], "s:": fast10[string],
	"pi:": fast20[ptr, int], "ps:": fast20[ptr, string], "pp:": fast20[ptr, ptr],
	"pf:": fast20[ptr, float64], "pe:": fast20[ptr, any], "pl:": fast20[ptr, bytes],
	"pii:f": fast31[ptr, int, int, float64], "sss:s": fast31[string, string, string, string],
	"piif:": fast40[ptr, int, int, float64],
	"s:ie":  fast12[string, int, any], "ps:ie": fast22[ptr, string, int, any],
	"pl:ie": fast22[ptr, bytes, int, any], "pr:ie": fast22[ptr, int32, int, any],
	"pc:e": fast21[ptr, uint8, any], "sii:ie": fast32[string, int, int, int, any],
	"si:fe": fast22[string, int, float64, any], "f:ff": fast12[float64, float64, float64],
	"s:be": fast12[string, bool, any], "s:pe": fast12[string, ptr, any],
}

// after goes on with an unwinding that the compiled code swallowed, and ends a cell that was
// interrupted meanwhile.
func after(fr *frame) {
	if g := fr.g; g.pending != nil || g.x.stop.Load() != 0 {
		g.resume()
		g.checkStop()
	}
}

func asFunc[F any](f unsafe.Pointer) F { return *(*F)(unsafe.Pointer(&f)) }

func fast01[R any](f unsafe.Pointer, _, res []uintptr) op {
	fn, d := asFunc[func() R](f), res[0]
	return func(fr *frame) { *at[R](fr, d) = fn(); after(fr) }
}

func fast11[A, R any](f unsafe.Pointer, args, res []uintptr) op {
	fn, x, d := asFunc[func(A) R](f), args[0], res[0]
	return func(fr *frame) { *at[R](fr, d) = fn(*at[A](fr, x)); after(fr) }
}

func fast21[A, B, R any](f unsafe.Pointer, args, res []uintptr) op {
	fn, x, y, d := asFunc[func(A, B) R](f), args[0], args[1], res[0]
	return func(fr *frame) { *at[R](fr, d) = fn(*at[A](fr, x), *at[B](fr, y)); after(fr) }
}

func fast31[A, B, C, R any](f unsafe.Pointer, args, res []uintptr) op {
	fn, x, y, z, d := asFunc[func(A, B, C) R](f), args[0], args[1], args[2], res[0]
	return func(fr *frame) {
		*at[R](fr, d) = fn(*at[A](fr, x), *at[B](fr, y), *at[C](fr, z))
		after(fr)
	}
}

func fast10[A any](f unsafe.Pointer, args, _ []uintptr) op {
	fn, x := asFunc[func(A)](f), args[0]
	return func(fr *frame) { fn(*at[A](fr, x)); after(fr) }
}

func fast20[A, B any](f unsafe.Pointer, args, _ []uintptr) op {
	fn, x, y := asFunc[func(A, B)](f), args[0], args[1]
	return func(fr *frame) { fn(*at[A](fr, x), *at[B](fr, y)); after(fr) }
}

func fast40[A, B, C, D any](f unsafe.Pointer, args, _ []uintptr) op {
	fn, x, y, z, w := asFunc[func(A, B, C, D)](f), args[0], args[1], args[2], args[3]
	return func(fr *frame) {
		fn(*at[A](fr, x), *at[B](fr, y), *at[C](fr, z), *at[D](fr, w))
		after(fr)
	}
}

func fast12[A, R, S any](f unsafe.Pointer, args, res []uintptr) op {
	fn, x, d, e := asFunc[func(A) (R, S)](f), args[0], res[0], res[1]
	return func(fr *frame) { *at[R](fr, d), *at[S](fr, e) = fn(*at[A](fr, x)); after(fr) }
}

func fast22[A, B, R, S any](f unsafe.Pointer, args, res []uintptr) op {
	fn, x, y, d, e := asFunc[func(A, B) (R, S)](f), args[0], args[1], res[0], res[1]
	return func(fr *frame) {
		*at[R](fr, d), *at[S](fr, e) = fn(*at[A](fr, x), *at[B](fr, y))
		after(fr)
	}
}

func fast32[A, B, C, R, S any](f unsafe.Pointer, args, res []uintptr) op {
	fn, x, y, z, d, e := asFunc[func(A, B, C) (R, S)](f), args[0], args[1], args[2], res[0], res[1]
	return func(fr *frame) {
		*at[R](fr, d), *at[S](fr, e) = fn(*at[A](fr, x), *at[B](fr, y), *at[C](fr, z))
		after(fr)
	}
}
