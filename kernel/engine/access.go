package engine

import "unsafe"

// accessor loads and stores values of one class through an address.
type accessor interface {
	load(a address, d uintptr) op
	store(a address, x uintptr) op
}

var accessors = [...]accessor{
	cMem: nil, cW8: access[uint8]{}, cW16: access[uint16]{}, cW32: access[uint32]{},
	cW64: access[uint64]{}, cC128: access[complex128]{}, cPtr: access[unsafe.Pointer]{},
	cStr: access[string]{}, cSlice: access[[]byte]{}, cIface: access[any]{},
}

type access[T any] struct{}

func (access[T]) load(a address, d uintptr) op {
	switch base, off, idx := a.base, a.off, a.idx; {
	case a.kind == aPointer && off == 0:
		return func(fr *frame) { *at[T](fr, d) = **at[*T](fr, base) }
	case a.kind == aPointer:
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, base)
			if p == nil {
				panicNil()
			}
			*at[T](fr, d) = *(*T)(unsafe.Add(p, off))
		}
	case a.kind == aElem && a.get == nil:
		return func(fr *frame) { *at[T](fr, d) = (*at[[]T](fr, base))[*at[int](fr, idx)] }
	}
	p := a.pointer()
	return func(fr *frame) { *at[T](fr, d) = *(*T)(p(fr)) }
}

func (access[T]) store(a address, x uintptr) op {
	switch base, off, idx := a.base, a.off, a.idx; {
	case a.kind == aPointer && off == 0:
		return func(fr *frame) { **at[*T](fr, base) = *at[T](fr, x) }
	case a.kind == aPointer:
		return func(fr *frame) {
			p := *at[unsafe.Pointer](fr, base)
			if p == nil {
				panicNil()
			}
			*(*T)(unsafe.Add(p, off)) = *at[T](fr, x)
		}
	case a.kind == aElem && a.get == nil:
		return func(fr *frame) { (*at[[]T](fr, base))[*at[int](fr, idx)] = *at[T](fr, x) }
	}
	p := a.pointer()
	return func(fr *frame) { *(*T)(p(fr)) = *at[T](fr, x) }
}
