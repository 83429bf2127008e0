package rtype

import (
	"fmt"
	"go/types"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"weak"

	"github.com/goplus/reflectx"
)

// named makes a type of a notebook. The type is known before its parts are, since the parts
// may speak of it; until then it has the layout that it will have, with pointers to nothing
// in particular, so that maps and arrays of it are sized right.
func (b *Bridge) named(t *types.Named) (reflect.Type, error) {
	if t.Obj().Pkg() == nil {
		switch t.Obj().Name() {
		case "error":
			return reflect.TypeFor[error](), nil
		case "comparable":
			return reflect.TypeFor[any](), nil
		}
	}
	if b.cfg.Native != nil {
		if rt, ok := b.cfg.Native(t); ok {
			return rt, nil
		}
	}
	rt := reflectx.NamedTypeOf(packageOf(t), Name(t), erase(t.Underlying()))
	methods := methodsOf(t)
	if len(methods) > 0 {
		byValue := 0
		for _, m := range methods {
			if !m.pointer {
				byValue++
			}
		}
		rt = reflectx.NewMethodSet(rt, byValue, len(methods))
	}
	b.remember(t, rt)
	under, err := b.of(t.Underlying())
	if err != nil {
		return nil, err
	}
	reflectx.SetUnderlying(rt, under)
	if len(methods) > 0 {
		b.later = append(b.later, func() error { return b.setMethods(rt, methods) })
	}
	return rt, nil
}

func packageOf(t *types.Named) string {
	if pkg := t.Obj().Pkg(); pkg != nil {
		return pkg.Path()
	}
	return ""
}

// Name is the name of a type as the compiler writes it, without its package: Stack[int],
// Pair[string,main.ID].
func Name(t *types.Named) string {
	var args []types.Type
	for arg := range t.TypeArgs().Types() {
		args = append(args, arg)
	}
	return Instance(t.Obj().Name(), args)
}

// Instance is the name of a generic type or function with its type arguments.
func Instance(name string, args []types.Type) string {
	if len(args) == 0 {
		return name
	}
	list := make([]string, len(args))
	for i, arg := range args {
		list[i] = written(types.TypeString(arg, (*types.Package).Path))
	}
	return name + "[" + strings.Join(list, ",") + "]"
}

// predeclared finds the aliases that the compiler writes out in the names of instances.
var predeclared = regexp.MustCompile(`(^|[^.\w])(byte|rune|any)\b`)

func written(name string) string {
	return predeclared.ReplaceAllStringFunc(name, func(s string) string {
		s = strings.Replace(s, "byte", "uint8", 1)
		s = strings.Replace(s, "rune", "int32", 1)
		return strings.Replace(s, "any", "interface {}", 1)
	})
}

// method is one member of the method set of *T.
type method struct {
	selection *types.Selection
	pointer   bool // not in the method set of T
}

// methodsOf lists the methods of *T, own and promoted, or none for an interface or pointer.
func methodsOf(t types.Type) []method {
	switch t.Underlying().(type) {
	case *types.Interface, *types.Pointer:
		return nil
	}
	byPointer := types.NewMethodSet(types.NewPointer(t))
	byValue := types.NewMethodSet(t)
	methods := make([]method, byPointer.Len())
	for i := range methods {
		selection := byPointer.At(i)
		m := method{selection: selection, pointer: true}
		if own := byValue.Lookup(selection.Obj().Pkg(), selection.Obj().Name()); own != nil {
			m = method{selection: own}
		}
		methods[i] = m
	}
	return methods
}

func (b *Bridge) setMethods(rt reflect.Type, methods []method) error {
	list := make([]reflectx.Method, len(methods))
	for i, m := range methods {
		fn := m.selection.Obj()
		sig, err := b.of(m.selection.Type())
		if err != nil {
			return err
		}
		list[i] = reflectx.MakeMethod(fn.Name(), pkgPath(fn), m.pointer, sig, b.body(sig, m.selection))
	}
	reflectx.DisableAllocateWarning = true
	if err := reflectx.NewContext().SetMethodSet(rt, list, false); err != nil {
		capacity, used, _ := reflectx.IcallStat()
		return fmt.Errorf("rtype: no room for the %d methods of %s: %d of %d are in use; "+
			"a restart makes room", len(list), rt, used, capacity)
	}
	return nil
}

// body asks for the code of a method when it is first called. Types made at run time live as
// long as the process, so they must not keep the session alive that made them; the methods of
// a session that is gone return zero values.
func (b *Bridge) body(
	sig reflect.Type, selection *types.Selection,
) func([]reflect.Value) []reflect.Value {
	strong := &code{get: sync.OnceValue(func() func([]reflect.Value) []reflect.Value {
		return b.cfg.Method(selection)
	})}
	b.bodies = append(b.bodies, strong)
	c := weak.Make(strong)
	return func(args []reflect.Value) []reflect.Value {
		if c := c.Value(); c != nil {
			return c.get()(args)
		}
		return zeros(sig)
	}
}

// code is the code of a method, which its bridge keeps alive.
type code struct {
	get func() func([]reflect.Value) []reflect.Value
}

// zeros are the results of a function that does nothing.
func zeros(sig reflect.Type) []reflect.Value {
	res := make([]reflect.Value, sig.NumOut())
	for i := range res {
		res[i] = reflect.Zero(sig.Out(i))
	}
	return res
}
