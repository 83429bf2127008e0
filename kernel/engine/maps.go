package engine

import (
	"go/types"
	"reflect"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

func (c *compiler) genMakeMap(ins *ssa.MakeMap) {
	d, rt, n := c.off(ins), c.rtype(ins.Type()), c.bound(ins.Reserve)
	size := rt.Key().Size() + rt.Elem().Size() + 1
	c.emit(func(fr *frame) {
		k := 0
		if n != nil {
			k = int(n(fr))
			if k < 0 {
				k = 0
			}
			c.e.checkAlloc(k, size)
		}
		*at[unsafe.Pointer](fr, d) = reflect.MakeMapWithSize(rt, k).UnsafePointer()
	}, ins.Pos())
}

// genLookup binds m[k] and v, ok := m[k]; go/ssa also uses it for strings in
// generic code.
func (c *compiler) genLookup(ins *ssa.Lookup) {
	x, k := c.off(ins.X), c.off(ins.Index)
	rt := c.rtype(ins.X.Type())
	d, ok := uintptr(0), uintptr(0)
	if ins.CommaOk {
		d, ok = c.lay.off(c.tuples[ins][0]), c.lay.off(c.tuples[ins][1])
	} else {
		d = c.off(ins)
	}
	if f := fastLookup(c.e, rt, x, k, d, ok); f != nil {
		c.emit(f, ins.Pos())
		return
	}
	kt, s := rt.Key(), shapeOf(rt.Elem())
	c.emit(func(fr *frame) {
		p := unsafe.Add(unsafe.Pointer(fr), d)
		unlock := fr.g.lockMap(*at[unsafe.Pointer](fr, x))
		v, found := mapIndex(regValue(fr, rt, x), regValue(fr, kt, k), unlock)
		if found {
			setReg(rt.Elem(), p, v)
		} else {
			s.zero(p)
		}
		if ok != 0 {
			*at[bool](fr, ok) = found
		}
	}, ins.Pos())
}

// mapIndex unlocks even if the key cannot be hashed.
func mapIndex(m, k reflect.Value, unlock func()) (reflect.Value, bool) {
	defer unlock()
	v := m.MapIndex(k)
	return v, v.IsValid()
}

func (c *compiler) genMapUpdate(ins *ssa.MapUpdate) {
	x, k, v := c.off(ins.Map), c.off(ins.Key), c.off(ins.Value)
	rt := c.rtype(ins.Map.Type())
	if f := fastUpdate(c.e, rt, x, k, v); f != nil {
		c.emit(f, ins.Pos())
		return
	}
	kt, vt := rt.Key(), rt.Elem()
	c.emit(func(fr *frame) {
		p := *at[unsafe.Pointer](fr, x)
		if p == nil {
			panic(plainError("assignment to entry in nil map"))
		}
		defer fr.g.lockMap(p)()
		regValue(fr, rt, x).SetMapIndex(regValue(fr, kt, k), regValue(fr, vt, v))
	}, ins.Pos())
}

func (c *compiler) deleteOp(t types.Type, args []uintptr) op {
	rt := c.rtype(t)
	kt := rt.Key()
	return func(fr *frame) {
		p := *at[unsafe.Pointer](fr, args[0])
		if p == nil {
			// Go still hashes the key, which may panic
			reflect.MakeMap(rt).MapIndex(regValue(fr, kt, args[1]))
			return
		}
		defer fr.g.lockMap(p)()
		regValue(fr, rt, args[0]).SetMapIndex(regValue(fr, kt, args[1]), reflect.Value{})
	}
}

// mapIter walks a map, stringIter a string.
type mapIter struct {
	it *reflect.MapIter
	p  unsafe.Pointer
}

type stringIter struct {
	s string
	i int
}

func (c *compiler) genRange(ins *ssa.Range) {
	d, x, rt := c.off(ins), c.off(ins.X), c.rtype(ins.X.Type())
	if rt.Kind() == reflect.String {
		c.emit(func(fr *frame) { *at[any](fr, d) = &stringIter{s: *at[string](fr, x)} }, ins.Pos())
		return
	}
	c.emit(func(fr *frame) {
		p := *at[unsafe.Pointer](fr, x)
		m := reflect.New(rt).Elem() // a copy: the register may change
		*(*unsafe.Pointer)(m.Addr().UnsafePointer()) = p
		*at[any](fr, d) = &mapIter{it: m.MapRange(), p: p}
	}, ins.Pos())
}

// genNextItem binds the step of a range over a map or string.
func (c *compiler) genNextItem(ins *ssa.Next) {
	x, ts := c.off(ins.Iter), c.tuples[ins]
	ok, k, v := c.lay.off(ts[0]), c.lay.off(ts[1]), c.lay.off(ts[2])
	if ins.IsString {
		c.emit(func(fr *frame) {
			it := (*at[any](fr, x)).(*stringIter)
			if it.i >= len(it.s) {
				*at[bool](fr, ok) = false
				return
			}
			r, n := utf8.DecodeRuneInString(it.s[it.i:])
			*at[bool](fr, ok), *at[int](fr, k), *at[rune](fr, v) = true, it.i, r
			it.i += n
		}, ins.Pos())
		return
	}
	rt := c.rtype(ins.Iter.(*ssa.Range).X.Type())
	wantK, wantV := used(ins, 1), used(ins, 2)
	c.emit(func(fr *frame) {
		it := (*at[any](fr, x)).(*mapIter)
		unlock := fr.g.lockMap(it.p)
		good := it.it.Next()
		*at[bool](fr, ok) = good
		if good && wantK {
			regValue(fr, rt.Key(), k).SetIterKey(it.it)
		}
		if good && wantV {
			regValue(fr, rt.Elem(), v).SetIterValue(it.it)
		}
		unlock()
	}, ins.Pos())
}

// used tells whether component i of a tuple is used.
func used(v ssa.Value, i int) bool {
	for _, ref := range *v.Referrers() {
		if ex, ok := ref.(*ssa.Extract); ok && ex.Index == i && len(*ex.Referrers()) > 0 {
			return true
		}
	}
	return false
}

// fastLookup is m[k] for maps whose keys are ints or strings and whose elements
// are common; nil for others. A map of named types has the memory of the map of
// the plain types.
func fastLookup(e *Engine, rt reflect.Type, x, k, d, ok uintptr) op {
	switch rt.Key().Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64:
		return lookupKey[int](e, rt, x, k, d, ok)
	case reflect.String:
		return lookupKey[string](e, rt, x, k, d, ok)
	case reflect.Int32, reflect.Uint32:
		return lookupKey[int32](e, rt, x, k, d, ok)
	}
	return nil
}

func lookupKey[K comparable](e *Engine, rt reflect.Type, x, k, d, ok uintptr) op {
	switch classOf(rt.Elem()) {
	case cW64:
		return lookup[K, uint64](e, x, k, d, ok)
	case cW8:
		return lookup[K, uint8](e, x, k, d, ok)
	case cStr:
		return lookup[K, string](e, x, k, d, ok)
	case cPtr:
		return lookup[K, unsafe.Pointer](e, x, k, d, ok)
	case cSlice:
		return lookup[K, []byte](e, x, k, d, ok)
	case cIface:
		return lookup[K, any](e, x, k, d, ok)
	}
	return nil
}

func lookup[K comparable, V any](e *Engine, x, k, d, ok uintptr) op {
	return func(fr *frame) {
		m := *at[map[K]V](fr, x)
		var v V
		var found bool
		if e.live.Load() > 1 {
			unlock := fr.g.lockMap(*at[unsafe.Pointer](fr, x))
			v, found = m[*at[K](fr, k)]
			unlock()
		} else {
			v, found = m[*at[K](fr, k)]
		}
		*at[V](fr, d) = v
		if ok != 0 {
			*at[bool](fr, ok) = found
		}
	}
}

// fastUpdate is m[k] = v for the maps of fastLookup.
func fastUpdate(e *Engine, rt reflect.Type, x, k, v uintptr) op {
	switch rt.Key().Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64:
		return updateKey[int](e, rt, x, k, v)
	case reflect.String:
		return updateKey[string](e, rt, x, k, v)
	case reflect.Int32, reflect.Uint32:
		return updateKey[int32](e, rt, x, k, v)
	}
	return nil
}

func updateKey[K comparable](e *Engine, rt reflect.Type, x, k, v uintptr) op {
	switch classOf(rt.Elem()) {
	case cW64:
		return update[K, uint64](e, x, k, v)
	case cW8:
		return update[K, uint8](e, x, k, v)
	case cStr:
		return update[K, string](e, x, k, v)
	case cPtr:
		return update[K, unsafe.Pointer](e, x, k, v)
	case cSlice:
		return update[K, []byte](e, x, k, v)
	case cIface:
		return update[K, any](e, x, k, v)
	}
	return nil
}

func update[K comparable, V any](e *Engine, x, k, v uintptr) op {
	return func(fr *frame) {
		m := *at[map[K]V](fr, x)
		if e.live.Load() > 1 && m != nil {
			unlock := fr.g.lockMap(*at[unsafe.Pointer](fr, x))
			m[*at[K](fr, k)] = *at[V](fr, v)
			unlock()
			return
		}
		m[*at[K](fr, k)] = *at[V](fr, v)
	}
}
