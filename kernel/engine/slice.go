package engine

import (
	"fmt"
	"go/types"
	"reflect"
	"strconv"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

func itoa(n int) string { return strconv.Itoa(n) }

// sword is the memory of a slice.
type sword struct {
	ptr      unsafe.Pointer
	len, cap int
}

// tooBig is the panic for an allocation beyond the limit.
func (e *Engine) tooBig(n int64) error {
	return rtError(fmt.Sprintf("allocation of %d bytes exceeds the limit of %d", n, e.cfg.MaxAlloc))
}

// checkAlloc panics if n elements of a size exceed the allocation limit.
func (e *Engine) checkAlloc(n int, size uintptr) {
	if size != 0 && uint64(n) > uint64(e.cfg.MaxAlloc)/uint64(size) {
		total := int64(e.cfg.MaxAlloc)
		if hi := float64(n) * float64(size); hi < 1<<62 {
			total = int64(n) * int64(size)
		}
		panic(e.tooBig(total))
	}
	if n := int64(n) * int64(size); n > 64<<20 {
		e.checkBytes(n)
	}
}

// makeSlice allocates n zero elements of type elem.
func makeSlice(elem reflect.Type) func(n int) unsafe.Pointer {
	if shapeOf(elem).noPtr || classOf(elem) >= cW8 && classOf(elem) <= cC128 {
		switch elem.Size() {
		case 1:
			return makeOf[uint8]
		case 2:
			return makeOf[uint16]
		case 4:
			return makeOf[uint32]
		case 8:
			return makeOf[uint64]
		}
	}
	switch classOf(elem) {
	case cPtr:
		return makeOf[unsafe.Pointer]
	case cStr:
		return makeOf[string]
	case cSlice:
		return makeOf[[]byte]
	case cIface:
		return makeOf[any]
	}
	st := reflect.SliceOf(elem)
	return func(n int) unsafe.Pointer { return reflect.MakeSlice(st, n, n).UnsafePointer() }
}

func makeOf[T any](n int) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(make([]T, n))) }

func (c *compiler) genMakeSlice(ins *ssa.MakeSlice) {
	d := c.off(ins)
	elem := c.rtype(ins.Type()).Elem()
	n := intGetter(c.rtype(ins.Len.Type()).Kind(), c.off(ins.Len))
	k := intGetter(c.rtype(ins.Cap.Type()).Kind(), c.off(ins.Cap))
	size, alloc, e := elem.Size(), makeSlice(elem), c.e
	c.emit(func(fr *frame) {
		n, k := int(n(fr)), int(k(fr))
		if n < 0 || size != 0 && uint64(n) > uint64(1)<<47/uint64(size) {
			panic(rtError("makeslice: len out of range"))
		}
		if k < n || size != 0 && uint64(k) > uint64(1)<<47/uint64(size) {
			panic(rtError("makeslice: cap out of range"))
		}
		e.checkAlloc(k, size)
		p := alloc(k)
		s := at[sword](fr, d)
		s.ptr, s.len, s.cap = p, n, k
	}, ins.Pos())
}

// genSlice binds x[lo:hi:max] of a slice, a string or a pointer to an array.
func (c *compiler) genSlice(ins *ssa.Slice) {
	d, x := c.off(ins), c.off(ins.X)
	lo, hi, max := c.bound(ins.Low), c.bound(ins.High), c.bound(ins.Max)
	rt := c.rtype(ins.X.Type())
	if rt.Kind() == reflect.String {
		c.emit(func(fr *frame) {
			s := *at[string](fr, x)
			from, to := 0, len(s)
			if lo != nil {
				from = int(lo(fr))
			}
			if hi != nil {
				to = int(hi(fr))
			}
			*at[string](fr, d) = s[from:to]
		}, ins.Pos())
		return
	}
	size := c.rtype(ins.Type()).Elem().Size()
	n := -1
	if rt.Kind() == reflect.Pointer {
		n = rt.Elem().Len()
	}
	made := false // make with a constant capacity
	if a, ok := ins.X.(*ssa.Alloc); ok && a.Comment == "makeslice" {
		made = true
	}
	c.emit(func(fr *frame) {
		var s sword
		if n < 0 {
			s = *at[sword](fr, x)
		} else {
			s = sword{*at[unsafe.Pointer](fr, x), n, n}
			if s.ptr == nil {
				panicNil()
			}
		}
		from, to, end := 0, s.len, s.cap
		if lo != nil {
			from = int(lo(fr))
		}
		if hi != nil {
			to = int(hi(fr))
		}
		if max != nil {
			end = int(max(fr))
		}
		if made && uint(to) > uint(end) {
			panicMade(to)
		}
		*at[sword](fr, d) = reslice(s, from, to, end, size, max != nil, n >= 0)
	}, ins.Pos())
}

func (c *compiler) bound(v ssa.Value) func(*frame) int64 {
	if v == nil {
		return nil
	}
	return intGetter(c.rtype(v.Type()).Kind(), c.off(v))
}

// panicMade panics as make([]T, n, k) does.
func panicMade(n int) {
	if n < 0 {
		panic(rtError("makeslice: len out of range"))
	}
	panic(rtError("makeslice: cap out of range"))
}

// reslice is s[from:to:end], with Go's own panics.
func reslice(s sword, from, to, end int, size uintptr, three, array bool) sword {
	if uint(end) > uint(s.cap) || uint(to) > uint(end) || uint(from) > uint(to) {
		panicReslice(s, from, to, end, three, array)
	}
	p := s.ptr
	if end-from > 0 {
		p = unsafe.Add(p, uintptr(from)*size)
	}
	return sword{p, to - from, end - from}
}

// panicReslice makes Go's panic on a slice of empty elements.
func panicReslice(s sword, from, to, end int, three, array bool) {
	t := make([]struct{}, s.len, s.cap)
	switch {
	case three && array:
		panic(rtError(boundText(":%d:", end, s.cap, "length")))
	case three:
		_ = t[from:to:end]
	case array && uint(to) > uint(s.cap):
		panic(rtError(boundText(":%d", to, s.cap, "length")))
	default:
		_ = t[from:to]
	}
}

func boundText(format string, i, n int, what string) string {
	return fmt.Sprintf("slice bounds out of range ["+format+"] with %s %d", i, what, n)
}

// grow returns s with room for n more elements, its length unchanged.
func (e *Engine) grow(s sword, n int, size uintptr, alloc func(int) unsafe.Pointer,
	cp func(dst, src unsafe.Pointer, n int)) sword {
	need := s.len + n
	if need < 0 {
		panic(rtError("growslice: len out of range"))
	}
	if need <= s.cap {
		return s
	}
	k := s.cap * 2
	if s.cap >= 256 {
		k = s.cap + (s.cap+3*256)/4
	}
	k = roundSize(max(k, need), size)
	e.checkAlloc(k, size)
	p := alloc(k)
	cp(p, s.ptr, s.len)
	return sword{p, s.len, k}
}

// roundSize rounds a capacity up as the allocator would, so that small slices
// grow in Go's steps.
func roundSize(n int, size uintptr) int {
	if size == 0 || size > 1024 || n > 1<<20 {
		return n
	}
	bytes := uintptr(n) * size
	for _, c := range [...]uintptr{8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192,
		208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024,
		1152, 1280, 1408, 1536, 1792, 2048} {
		if bytes <= c {
			return int(c / size)
		}
	}
	return n
}

// elemCopier returns a function that copies n elements between arrays, which may
// overlap.
func elemCopier(elem reflect.Type) func(dst, src unsafe.Pointer, n int) {
	s := shapeOf(elem)
	switch {
	case s.size == 0:
		return func(dst, src unsafe.Pointer, n int) {}
	case s.noPtr || s.class >= cW8 && s.class <= cC128:
		return func(dst, src unsafe.Pointer, n int) {
			k := uintptr(n) * s.size
			copy(unsafe.Slice((*byte)(dst), k), unsafe.Slice((*byte)(src), k))
		}
	case s.class == cPtr:
		return copyOf[unsafe.Pointer]
	case s.class == cStr:
		return copyOf[string]
	case s.class == cSlice:
		return copyOf[[]byte]
	case s.class == cIface:
		return copyOf[any]
	}
	st := reflect.SliceOf(elem)
	return func(dst, src unsafe.Pointer, n int) {
		d, s := sword{dst, n, n}, sword{src, n, n}
		reflect.Copy(reflect.NewAt(st, unsafe.Pointer(&d)).Elem(),
			reflect.NewAt(st, unsafe.Pointer(&s)).Elem())
	}
}

func copyOf[T any](dst, src unsafe.Pointer, n int) {
	copy(unsafe.Slice((*T)(dst), n), unsafe.Slice((*T)(src), n))
}

// elemType returns the element type of a slice or string type.
func (c *compiler) elemType(t types.Type) reflect.Type {
	rt := c.rtype(t)
	if rt.Kind() == reflect.String {
		return reflect.TypeFor[byte]()
	}
	return rt.Elem()
}
