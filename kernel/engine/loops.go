package engine

import (
	"reflect"
	"sync"
)

// A value may contain itself: a := []any{nil}; a[0] = a. Package fmt follows such a value
// until the stack of the process overflows, which nothing can stop.

// loops tells whether printing x would not end: slices, maps and interfaces are followed
// as package fmt does, pointers only at the top.
func loops(x any) bool {
	t := reflect.TypeOf(x)
	if t == nil || !mayHold(t, isOpen) {
		return false
	}
	w := walker{path: map[spot]bool{}, budget: 1 << 20}
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return w.loops(v, 0)
}

// Loops tells whether a value of a cell contains itself, so that it cannot be printed.
func Loops(x any) bool { return loops(x) }

// spot is a slice or map on the way from the root.
type spot struct {
	ptr uintptr
	len int
}

type walker struct {
	path   map[spot]bool
	budget int // values still to look at
}

// maxNesting is deeper than anybody prints; the stack of compiled code has room for it.
const maxNesting = 10_000

func (w *walker) loops(v reflect.Value, depth int) bool {
	w.budget--
	if depth > maxNesting {
		return true
	}
	if w.budget < 0 || !v.IsValid() {
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return w.loops(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if w.follow(v.Field(i), depth) {
				return true
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			if w.follow(v.Index(i), depth) {
				return true
			}
		}
	case reflect.Slice, reflect.Map:
		return w.container(v, depth)
	}
	return false
}

// follow looks at a part of a value if its type can lead anywhere.
func (w *walker) follow(v reflect.Value, depth int) bool {
	return mayHold(v.Type(), isOpen) && w.loops(v, depth+1)
}

func (w *walker) container(v reflect.Value, depth int) bool {
	if v.Len() == 0 || !mayHold(v.Type(), isOpen) {
		return false
	}
	here := spot{v.Pointer(), v.Len()}
	if w.path[here] {
		return true
	}
	w.path[here] = true
	defer delete(w.path, here)
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			if w.follow(v.Index(i), depth) {
				return true
			}
		}
		return false
	}
	for it := v.MapRange(); it.Next(); {
		if w.follow(it.Key(), depth) || w.follow(it.Value(), depth) {
			return true
		}
	}
	return false
}

// isMap and isOpen are what mayHold looks for: maps; interfaces and types that mention
// themselves.
const (
	isMap = iota
	isOpen
)

type holdKey struct {
	rt   reflect.Type
	what int
}

var holders sync.Map // holdKey → bool

// mayHold tells whether a value of type rt can have parts of a kind.
func mayHold(rt reflect.Type, what int) bool {
	k := holdKey{rt, what}
	if h, ok := holders.Load(k); ok {
		return h.(bool)
	}
	h := holds(rt, what, map[reflect.Type]bool{})
	holders.Store(k, h)
	return h
}

func holds(rt reflect.Type, what int, seen map[reflect.Type]bool) bool {
	if seen[rt] {
		return what == isOpen
	}
	seen[rt] = true
	defer delete(seen, rt)
	switch rt.Kind() {
	case reflect.Interface:
		return true
	case reflect.Map:
		return what == isMap || holds(rt.Key(), what, seen) || holds(rt.Elem(), what, seen)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return holds(rt.Elem(), what, seen)
	case reflect.Struct:
		for i := range rt.NumField() {
			if holds(rt.Field(i).Type, what, seen) {
				return true
			}
		}
	}
	return false
}
