package engine

import (
	"fmt"
	"go/types"
	"reflect"
	"sync"
	"unsafe"
)

// class is how a register is kept: its size and what pointers it holds.
type class uint8

const (
	cMem   class = iota // struct or array, by its own type
	cW8                 // one scalar, by size
	cW16                //
	cW32                //
	cW64                //
	cC128               // complex128
	cPtr                // pointer, map, chan, func, unsafe.Pointer
	cStr                // string
	cSlice              // slice
	cIface              // interface, with or without methods
)

// shape is a class together with what copying and clearing need.
type shape struct {
	class class
	size  uintptr
	rt    reflect.Type // set for cMem
	words []bool       // cMem of few words: which are pointers
	noPtr bool         // cMem without pointers
}

func classOf(rt reflect.Type) class {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return cW8
	case reflect.Int16, reflect.Uint16:
		return cW16
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return cW32
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Uintptr,
		reflect.Float64, reflect.Complex64:
		if rt.Kind() == reflect.Complex64 {
			return cMem
		}
		return cW64
	case reflect.Complex128:
		return cC128
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return cPtr
	case reflect.String:
		return cStr
	case reflect.Slice:
		return cSlice
	case reflect.Interface:
		return cIface
	}
	return cMem
}

var shapes sync.Map // reflect.Type → *shape

func shapeOf(rt reflect.Type) *shape {
	if s, ok := shapes.Load(rt); ok {
		return s.(*shape)
	}
	s := &shape{class: classOf(rt), size: rt.Size(), rt: rt}
	if s.class == cMem {
		s.noPtr = !hasPointers(rt)
		if !s.noPtr && s.size <= 16*8 {
			s.words = make([]bool, s.size/8)
			markPointers(rt, 0, s.words)
		}
	}
	shapes.Store(rt, s)
	return s
}

func hasPointers(rt reflect.Type) bool {
	switch classOf(rt) {
	case cPtr, cStr, cSlice, cIface:
		return true
	}
	switch rt.Kind() {
	case reflect.Array:
		return rt.Len() > 0 && hasPointers(rt.Elem())
	case reflect.Struct:
		for i := range rt.NumField() {
			if hasPointers(rt.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// markPointers sets words[i] for every pointer-sized word of rt that the
// garbage collector follows.
func markPointers(rt reflect.Type, off uintptr, words []bool) {
	switch classOf(rt) {
	case cPtr, cStr, cSlice:
		words[off/8] = true
	case cIface:
		words[off/8], words[off/8+1] = true, true
	}
	switch rt.Kind() {
	case reflect.Array:
		for i := range rt.Len() {
			markPointers(rt.Elem(), off+uintptr(i)*rt.Elem().Size(), words)
		}
	case reflect.Struct:
		for i := range rt.NumField() {
			f := rt.Field(i)
			markPointers(f.Type, off+f.Offset, words)
		}
	}
}

// area is a part of a frame whose registers have one type.
type area uint8

const (
	aNum area = iota
	aPtr
	aStr
	aSlice
	aIface
	aMem
	nAreas
)

// slot is the place of a register: known by area and index while registers are
// being given out, by offset once the frame is laid out.
type slot struct {
	area  area
	index int
	extra uintptr // offset of a part of the register
}

// layout gives out the registers of a frame.
type layout struct {
	n    [nAreas]int
	mem  []reflect.Type
	offs [nAreas]uintptr
	mems []uintptr
	typ  reflect.Type
}

func (l *layout) take(a area, n int) slot {
	s := slot{area: a, index: l.n[a]}
	l.n[a] += n
	return s
}

// alloc returns a new register for values of type rt.
func (l *layout) alloc(rt reflect.Type) slot {
	s := shapeOf(rt)
	switch s.class {
	case cPtr:
		return l.take(aPtr, 1)
	case cStr:
		return l.take(aStr, 1)
	case cSlice:
		return l.take(aSlice, 1)
	case cIface:
		return l.take(aIface, 1)
	case cC128:
		return l.take(aNum, 2)
	case cMem:
		if s.noPtr {
			return l.take(aNum, int(max(1, (s.size+7)/8)))
		}
		l.mem = append(l.mem, rt)
		return l.take(aMem, 1)
	}
	return l.take(aNum, 1)
}

var areaTypes = [...]reflect.Type{
	aNum: reflect.TypeFor[uint64](), aPtr: reflect.TypeFor[unsafe.Pointer](),
	aStr: reflect.TypeFor[string](), aSlice: reflect.TypeFor[[]byte](),
	aIface: reflect.TypeFor[any](),
}

// finish builds the type of the frame.
func (l *layout) finish() {
	fields := []reflect.StructField{{Name: "Head", Type: reflect.TypeFor[frame]()}}
	add := func(t reflect.Type) int {
		name := fmt.Sprintf("F%d", len(fields))
		fields = append(fields, reflect.StructField{Name: name, Type: t})
		return len(fields) - 1
	}
	var at [nAreas]int
	for a := aNum; a < aMem; a++ {
		if l.n[a] > 0 {
			at[a] = add(reflect.ArrayOf(l.n[a], areaTypes[a]))
		}
	}
	at[aMem] = len(fields)
	for _, t := range l.mem {
		add(t)
	}
	l.typ = reflect.StructOf(fields)
	for a := aNum; a < aMem; a++ {
		if l.n[a] > 0 {
			l.offs[a] = l.typ.Field(at[a]).Offset
		}
	}
	for i := range l.mem {
		l.mems = append(l.mems, l.typ.Field(at[aMem]+i).Offset)
	}
}

// off returns the offset of a register once the frame is laid out.
func (l *layout) off(s slot) uintptr {
	if s.area == aMem {
		return l.mems[s.index] + s.extra
	}
	return l.offs[s.area] + uintptr(s.index)*areaTypes[s.area].Size() + s.extra
}

// deref returns the type that a pointer type points to.
func deref(t types.Type) types.Type {
	return t.Underlying().(*types.Pointer).Elem()
}
