package engine

import (
	"reflect"
	"unsafe"
)

// copyMem copies a value of shape s from src to dst, which do not overlap
// unless they are equal.
func (s *shape) copyMem(dst, src unsafe.Pointer) {
	switch s.class {
	case cW8:
		*(*uint8)(dst) = *(*uint8)(src)
	case cW16:
		*(*uint16)(dst) = *(*uint16)(src)
	case cW32:
		*(*uint32)(dst) = *(*uint32)(src)
	case cW64:
		*(*uint64)(dst) = *(*uint64)(src)
	case cC128:
		*(*complex128)(dst) = *(*complex128)(src)
	case cPtr:
		*(*unsafe.Pointer)(dst) = *(*unsafe.Pointer)(src)
	case cStr:
		*(*string)(dst) = *(*string)(src)
	case cSlice:
		*(*[]byte)(dst) = *(*[]byte)(src)
	case cIface:
		*(*any)(dst) = *(*any)(src)
	default:
		s.copyBig(dst, src)
	}
}

func (s *shape) copyBig(dst, src unsafe.Pointer) {
	switch {
	case s.size == 0:
	case s.noPtr:
		copy(unsafe.Slice((*byte)(dst), s.size), unsafe.Slice((*byte)(src), s.size))
	case s.words != nil:
		for i, p := range s.words {
			off := uintptr(i) * 8
			if p {
				*(*unsafe.Pointer)(unsafe.Add(dst, off)) = *(*unsafe.Pointer)(unsafe.Add(src, off))
			} else {
				*(*uint64)(unsafe.Add(dst, off)) = *(*uint64)(unsafe.Add(src, off))
			}
		}
	default:
		reflect.NewAt(s.rt, dst).Elem().Set(reflect.NewAt(s.rt, src).Elem())
	}
}

// zero clears a value of shape s.
func (s *shape) zero(dst unsafe.Pointer) {
	switch s.class {
	case cW8:
		*(*uint8)(dst) = 0
	case cW16:
		*(*uint16)(dst) = 0
	case cW32:
		*(*uint32)(dst) = 0
	case cW64:
		*(*uint64)(dst) = 0
	case cC128:
		*(*complex128)(dst) = 0
	case cPtr:
		*(*unsafe.Pointer)(dst) = nil
	case cStr:
		*(*string)(dst) = ""
	case cSlice:
		*(*[]byte)(dst) = nil
	case cIface:
		*(*any)(dst) = nil
	default:
		if s.size == 0 {
			return
		}
		if s.noPtr {
			clear(unsafe.Slice((*byte)(dst), s.size))
			return
		}
		reflect.NewAt(s.rt, dst).Elem().SetZero()
	}
}

// move copies registers of frame src to registers of frame dst.
type move struct {
	dst, src uintptr
	s        *shape
}

// moveOp returns an op that copies a register within a frame.
func moveOp(s *shape, dst, src uintptr) op {
	switch s.class {
	case cW8:
		return move1[uint8](dst, src)
	case cW16:
		return move1[uint16](dst, src)
	case cW32:
		return move1[uint32](dst, src)
	case cW64:
		return move1[uint64](dst, src)
	case cC128:
		return move1[complex128](dst, src)
	case cPtr:
		return move1[unsafe.Pointer](dst, src)
	case cStr:
		return move1[string](dst, src)
	case cSlice:
		return move1[[]byte](dst, src)
	case cIface:
		return move1[any](dst, src)
	}
	return func(fr *frame) {
		s.copyBig(unsafe.Add(unsafe.Pointer(fr), dst), unsafe.Add(unsafe.Pointer(fr), src))
	}
}

func move1[T any](dst, src uintptr) op {
	return func(fr *frame) { *at[T](fr, dst) = *at[T](fr, src) }
}
