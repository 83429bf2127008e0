package engine

import (
	"reflect"
	"strings"
	"unsafe"
)

// stub makes Go funcs of one shape that call closures; calls through it cost a
// fraction of those through reflect.
type stub struct {
	make func(*closure) unsafe.Pointer
	code uintptr // of the funcs that make returns
	at   int     // word at which they keep the closure
}

// signature spells the shape of a func type: a letter for each parameter and,
// behind a colon, for each result. Types of one letter are passed alike.
func signature(t reflect.Type) string {
	var b strings.Builder
	for i := range t.NumIn() {
		b.WriteByte(letter(t.In(i)))
	}
	b.WriteByte(':')
	for i := range t.NumOut() {
		b.WriteByte(letter(t.Out(i)))
	}
	return b.String()
}

func letter(rt reflect.Type) byte {
	switch rt.Kind() {
	case reflect.Float64:
		return 'f'
	case reflect.Float32:
		return 'g'
	case reflect.Complex64:
		return '?'
	case reflect.Bool:
		return 'b'
	}
	switch classOf(rt) {
	case cW64:
		return 'i'
	case cW32:
		return 'r'
	case cW8:
		return 'c'
	case cPtr:
		return 'p'
	case cStr:
		return 's'
	case cSlice:
		return 'l'
	case cIface:
		return 'e'
	}
	return '?'
}

func stubFor(t reflect.Type) *stub { return stubs[signature(t)] }

type (
	ptr   = unsafe.Pointer
	bytes = []byte
)

var stubs map[string]*stub

func init() {
	stubs = map[string]*stub{
		":":    stub0(),
		"ii:b": stub21[int, int, bool](), "pp:b": stub21[ptr, ptr, bool](),
		"ss:b": stub21[string, string, bool](), "ff:b": stub21[float64, float64, bool](),
		"ii:i": stub21[int, int, int](), "ff:f": stub21[float64, float64, float64](),
		"pp:i": stub21[ptr, ptr, int](), "ss:i": stub21[string, string, int](),
		"ee:i": stub21[any, any, int](), "iif:f": stub31[int, int, float64, float64](),
		"i:i": stub11[int, int](), "f:f": stub11[float64, float64](), "s:s": stub11[string, string](),
		"i:b": stub11[int, bool](), "f:b": stub11[float64, bool](), "s:b": stub11[string, bool](),
		"p:b": stub11[ptr, bool](), "r:b": stub11[int32, bool](), "r:r": stub11[int32, int32](),
		"e:b": stub11[any, bool](), "p:p": stub11[ptr, ptr](), "p:i": stub11[ptr, int](),
		"p:f": stub11[ptr, float64](), "i:f": stub11[int, float64](), "l:f": stub11[bytes, float64](),
		":i": stub01[int](), ":f": stub01[float64](), ":b": stub01[bool](), ":s": stub01[string](),
		":e": stub01[any](), "i:": stub10[int](), "p:": stub10[ptr](), "s:": stub10[string](),
		"e:": stub10[any](), "f:": stub10[float64](), "b:": stub10[bool](), "l:": stub10[bytes](),
		"pi:i": stub21[ptr, int, int](), "is:b": stub21[int, string, bool](),
		"i:s": stub11[int, string](), "s:i": stub11[string, int](), "p:s": stub11[ptr, string](),
		"p:e": stub11[ptr, any](), "e:e": stub11[any, any](), "g:g": stub11[float32, float32](),
	}
}

// newStub measures the funcs that f makes.
func newStub(f func(*closure) unsafe.Pointer) *stub {
	cl := &closure{}
	p := f(cl)
	s := &stub{make: f, code: (*funcval)(p).code}
	for i := 1; i <= 2 && s.at == 0; i++ {
		if *word(p, i) == unsafe.Pointer(cl) {
			s.at = i
		}
	}
	if s.at == 0 {
		panic("engine: a func does not keep what it captured where expected")
	}
	return s
}

func funcPtr[F any](f F) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&f)) }

// set stores a parameter, get reads a result.
func set[T any](nf *frame, i int, v T) { *at[T](nf, nf.body.params[i]) = v }

func get[T any](nf *frame) T { return *at[T](nf, nf.body.results[0]) }

// begin and end stand around a call from compiled code on a goroutine that the
// engine knows.
func (cl *closure) begin(g *gstate) *frame {
	nf := g.top.push(cl.fn.code())
	nf.native = true
	nf.depth += callbackDepth
	nf.held = g.release()
	cl.capture(nf)
	return nf
}

func (cl *closure) end(nf *frame) {
	nf.g.hold(nf)
	nf.caller.pop(nf)
}

func stub0() *stub {
	return newStub(func(cl *closure) unsafe.Pointer {
		return funcPtr(func() { cl.call(nil, nil) })
	})
}

func stub10[A any]() *stub {
	return newStub(func(cl *closure) unsafe.Pointer {
		return funcPtr(func(a A) { cl.call(func(nf *frame) { set(nf, 0, a) }, nil) })
	})
}

func stub01[R any]() *stub {
	return newStub(func(cl *closure) unsafe.Pointer {
		return funcPtr(func() (r R) {
			cl.call(nil, func(nf *frame) { r = get[R](nf) })
			return r
		})
	})
}

func stub11[A, R any]() *stub {
	return newStub(func(cl *closure) unsafe.Pointer {
		return funcPtr(func(a A) (r R) {
			if g := findG(gid()); g != nil {
				nf := cl.begin(g)
				set(nf, 0, a)
				nf.body.exec(nf)
				r = get[R](nf)
				cl.end(nf)
				return r
			}
			cl.call(func(nf *frame) { set(nf, 0, a) }, func(nf *frame) { r = get[R](nf) })
			return r
		})
	})
}

func stub21[A, B, R any]() *stub {
	return newStub(func(cl *closure) unsafe.Pointer {
		return funcPtr(func(a A, b B) (r R) {
			if g := findG(gid()); g != nil {
				nf := cl.begin(g)
				set(nf, 0, a)
				set(nf, 1, b)
				nf.body.exec(nf)
				r = get[R](nf)
				cl.end(nf)
				return r
			}
			cl.call(func(nf *frame) { set(nf, 0, a); set(nf, 1, b) },
				func(nf *frame) { r = get[R](nf) })
			return r
		})
	})
}

func stub31[A, B, C, R any]() *stub {
	return newStub(func(cl *closure) unsafe.Pointer {
		return funcPtr(func(a A, b B, c C) (r R) {
			cl.call(func(nf *frame) { set(nf, 0, a); set(nf, 1, b); set(nf, 2, c) },
				func(nf *frame) { r = get[R](nf) })
			return r
		})
	})
}
