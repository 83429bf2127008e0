package rtype

import (
	"fmt"
	"go/types"
	"reflect"
	"sync"

	"github.com/goplus/reflectx"
	_ "github.com/goplus/reflectx/icall/icall4096" // room for 4,096 more methods
	"golang.org/x/tools/go/types/typeutil"
)

// Config is what a Bridge asks of others.
type Config struct {
	// Native gives the compiled type of a named type, when it is compiled in.
	Native func(*types.Named) (reflect.Type, bool)

	// Unnamed gives the compiled type of an interface with methods or of a struct that embeds,
	// when a compiled function mentions it. May be nil.
	Unnamed func(types.Type) (reflect.Type, bool)

	// Method gives the function that runs a method, with the receiver as the first argument.
	// It is asked when the method is called for the first time.
	Method func(*types.Selection) func([]reflect.Value) []reflect.Value
}

// Bridge maps types to run-time types and remembers each. It may be used by several
// goroutines.
type Bridge struct {
	cfg   Config
	known typeutil.Map   // types.Type → reflect.Type
	later []func() error // methods to set, once the types that they mention exist
	fresh []types.Type   // made by the call of Of under way; forgotten when it fails
	nth   int

	bodies []*code // of methods
}

// reflectx keeps tables without locks, so all bridges of the process share one lock.
var mu sync.Mutex

// New makes an empty bridge.
func New(cfg Config) *Bridge { return &Bridge{cfg: cfg} }

// Of is the run-time type of t. The error names a type that has none, such as a type
// parameter, or says that no slot for another method is left.
func (b *Bridge) Of(t types.Type) (rt reflect.Type, err error) {
	mu.Lock()
	defer mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rtype: %s: %v", t, p)
		}
		if err != nil {
			rt = nil
			b.forget()
		}
		b.fresh = nil
	}()
	if rt, err = b.of(t); err != nil {
		return nil, err
	}
	for len(b.later) > 0 {
		next := b.later[0]
		b.later = b.later[1:]
		if err := next(); err != nil {
			return nil, err
		}
	}
	return rt, nil
}

// forget drops what a failed call has made: types without their methods or parts.
func (b *Bridge) forget() {
	for _, t := range b.fresh {
		b.known.Delete(t)
	}
	b.later = nil
}

func (b *Bridge) remember(t types.Type, rt reflect.Type) {
	b.known.Set(t, rt)
	b.fresh = append(b.fresh, t)
}

// Slots tells how many methods of run-time types exist and how many the process has room for.
func Slots() (used, capacity int) {
	mu.Lock()
	defer mu.Unlock()
	capacity, used, _ = reflectx.IcallStat()
	return used, capacity
}

func (b *Bridge) of(t types.Type) (reflect.Type, error) {
	t = types.Unalias(t)
	if rt, ok := b.known.At(t).(reflect.Type); ok {
		return rt, nil
	}
	rt, err := b.convert(t)
	if err != nil {
		return nil, err
	}
	b.remember(t, rt)
	return rt, nil
}

func (b *Bridge) convert(t types.Type) (reflect.Type, error) {
	switch t := t.(type) {
	case *types.Basic:
		return basic(t)
	case *types.Named:
		return b.named(t)
	case *types.Struct:
		return b.structure(t)
	case *types.Interface:
		return b.iface(t)
	case *types.Signature:
		return b.function(t)
	case *types.Map:
		return b.mapping(t)
	case *types.Array:
		elem, err := b.of(t.Elem())
		if err != nil {
			return nil, err
		}
		return reflect.ArrayOf(int(t.Len()), elem), nil
	case *types.Chan:
		elem, err := b.of(t.Elem())
		if err != nil {
			return nil, err
		}
		return reflect.ChanOf(directions[t.Dir()], elem), nil
	case *types.Pointer:
		elem, err := b.of(t.Elem())
		if err != nil {
			return nil, err
		}
		return reflect.PointerTo(elem), nil
	case *types.Slice:
		elem, err := b.of(t.Elem())
		if err != nil {
			return nil, err
		}
		return reflect.SliceOf(elem), nil
	}
	return nil, fmt.Errorf("rtype: %s (%T) has no run-time type", t, t)
}

var directions = map[types.ChanDir]reflect.ChanDir{
	types.SendRecv: reflect.BothDir,
	types.SendOnly: reflect.SendDir,
	types.RecvOnly: reflect.RecvDir,
}

func (b *Bridge) mapping(t *types.Map) (reflect.Type, error) {
	key, err := b.of(t.Key())
	if err != nil {
		return nil, err
	}
	elem, err := b.of(t.Elem())
	if err != nil {
		return nil, err
	}
	return reflect.MapOf(key, elem), nil
}

// function leaves the receiver out: a method value has none.
func (b *Bridge) function(t *types.Signature) (reflect.Type, error) {
	in, err := b.tuple(t.Params())
	if err != nil {
		return nil, err
	}
	out, err := b.tuple(t.Results())
	if err != nil {
		return nil, err
	}
	return reflect.FuncOf(in, out, t.Variadic()), nil
}

func (b *Bridge) tuple(t *types.Tuple) ([]reflect.Type, error) {
	list := make([]reflect.Type, t.Len())
	for i := range list {
		rt, err := b.of(t.At(i).Type())
		if err != nil {
			return nil, err
		}
		list[i] = rt
	}
	return list, nil
}

// iface is made in a context of its own: reflectx finds interfaces again by their printed
// form, in which two versions of main.P look alike.
func (b *Bridge) iface(t *types.Interface) (reflect.Type, error) {
	if t.NumMethods() == 0 {
		return reflect.TypeFor[any](), nil
	}
	if rt, ok := b.unnamed(t); ok {
		return rt, nil
	}
	methods := make([]reflect.Method, t.NumMethods())
	for i := range methods {
		m := t.Method(i)
		rt, err := b.of(m.Type())
		if err != nil {
			return nil, err
		}
		methods[i] = reflect.Method{Name: m.Name(), PkgPath: pkgPath(m), Type: rt}
	}
	return reflectx.NewContext().InterfaceOf(nil, methods), nil
}

// unnamed finds the compiled form of a type that cannot be had from package reflect.
func (b *Bridge) unnamed(t types.Type) (reflect.Type, bool) {
	if b.cfg.Unnamed == nil {
		return nil, false
	}
	return b.cfg.Unnamed(t)
}

// pkgPath is the qualifier of a name that is not exported.
func pkgPath(o types.Object) string {
	if o.Exported() || o.Pkg() == nil {
		return ""
	}
	return o.Pkg().Path()
}

func basic(t *types.Basic) (reflect.Type, error) {
	if rt, ok := basics[t.Kind()]; ok {
		return rt, nil
	}
	return nil, fmt.Errorf("rtype: %s has no run-time type", t)
}

var basics = map[types.BasicKind]reflect.Type{
	types.Bool:          reflect.TypeFor[bool](),
	types.Int:           reflect.TypeFor[int](),
	types.Int8:          reflect.TypeFor[int8](),
	types.Int16:         reflect.TypeFor[int16](),
	types.Int32:         reflect.TypeFor[int32](),
	types.Int64:         reflect.TypeFor[int64](),
	types.Uint:          reflect.TypeFor[uint](),
	types.Uint8:         reflect.TypeFor[uint8](),
	types.Uint16:        reflect.TypeFor[uint16](),
	types.Uint32:        reflect.TypeFor[uint32](),
	types.Uint64:        reflect.TypeFor[uint64](),
	types.Uintptr:       reflect.TypeFor[uintptr](),
	types.Float32:       reflect.TypeFor[float32](),
	types.Float64:       reflect.TypeFor[float64](),
	types.Complex64:     reflect.TypeFor[complex64](),
	types.Complex128:    reflect.TypeFor[complex128](),
	types.String:        reflect.TypeFor[string](),
	types.UnsafePointer: unsafePointer,

	// an untyped constant takes its default type
	types.UntypedBool:    reflect.TypeFor[bool](),
	types.UntypedInt:     reflect.TypeFor[int](),
	types.UntypedRune:    reflect.TypeFor[rune](),
	types.UntypedFloat:   reflect.TypeFor[float64](),
	types.UntypedComplex: reflect.TypeFor[complex128](),
	types.UntypedString:  reflect.TypeFor[string](),
	types.UntypedNil:     reflect.TypeFor[any](),
}
