package rtype

import (
	"fmt"
	"go/types"
	"reflect"
	"unsafe"

	"github.com/goplus/reflectx"
)

var unsafePointer = reflect.TypeFor[unsafe.Pointer]()

// structure is a struct type; one that embeds types with methods has methods itself.
func (b *Bridge) structure(t *types.Struct) (reflect.Type, error) {
	embeds := false
	for f := range t.Fields() {
		embeds = embeds || f.Embedded()
	}
	if embeds {
		if rt, ok := b.unnamed(t); ok {
			return rt, nil
		}
	}
	fields := make([]reflect.StructField, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		rt, err := b.of(f.Type())
		if err != nil {
			return nil, err
		}
		fields[i] = reflect.StructField{
			Name: f.Name(), PkgPath: pkgPath(f), Type: rt,
			Tag: reflect.StructTag(t.Tag(i)), Anonymous: f.Embedded(),
		}
		if f.Embedded() {
			b.nth++
			fields[i].Tag += reflect.StructTag(b.mark())
		}
	}
	rt := reflectx.StructOf(fields)
	if !embeds {
		return rt, nil
	}
	return b.promote(t, rt)
}

// mark makes the tag of an embedded field unique. reflectx writes the mark of embedding into
// the type that package reflect gave it, which may be shared with a struct that has the same
// fields unembedded; a tag of its own keeps the two apart.
func (b *Bridge) mark() string {
	return fmt.Sprintf(" embedded:\"%d\"", b.nth)
}

// promote gives an unnamed struct the methods of the types that it embeds.
func (b *Bridge) promote(t *types.Struct, rt reflect.Type) (reflect.Type, error) {
	methods := methodsOf(t)
	if len(methods) == 0 {
		return rt, nil
	}
	byValue := 0
	for _, m := range methods {
		if !m.pointer {
			byValue++
		}
	}
	withMethods := reflectx.NewMethodSet(rt, byValue, len(methods))
	b.remember(t, withMethods)
	b.later = append(b.later, func() error { return b.setMethods(withMethods, methods) })
	return withMethods, nil
}

// erase is a type with the kind, size, alignment and pointers of t that mentions no other
// named type: what a type is while its parts are still being made.
func erase(t types.Type) reflect.Type {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return basics[t.Kind()]
	case *types.Struct:
		fields := make([]reflect.StructField, t.NumFields())
		for i := range fields {
			fields[i] = reflect.StructField{
				Name: fmt.Sprintf("F%d", i), Type: erase(t.Field(i).Type()),
			}
		}
		return reflect.StructOf(fields)
	case *types.Array:
		return reflect.ArrayOf(int(t.Len()), erase(t.Elem()))
	case *types.Signature:
		return eraseFunc(t)
	case *types.Map:
		return reflect.TypeFor[map[int]int]()
	case *types.Slice:
		return reflect.TypeFor[[]byte]()
	case *types.Chan:
		return reflect.TypeFor[chan int]()
	case *types.Pointer:
		return reflect.TypeFor[*byte]()
	}
	return reflect.TypeFor[any]()
}

// eraseFunc keeps the numbers of parameters and results, for which the type needs room.
func eraseFunc(t *types.Signature) reflect.Type {
	word := reflect.TypeFor[int]()
	in := make([]reflect.Type, t.Params().Len())
	for i := range in {
		in[i] = word
	}
	out := make([]reflect.Type, t.Results().Len())
	for i := range out {
		out[i] = word
	}
	if t.Variadic() {
		in[len(in)-1] = reflect.TypeFor[[]int]()
	}
	return reflect.FuncOf(in, out, t.Variadic())
}
