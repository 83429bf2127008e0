package engine

import (
	"go/token"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"

	"cliplab/kernel/rtype"
)

// TypeOf returns the run-time type of t.
func (e *Engine) TypeOf(t types.Type) reflect.Type { return e.rtype(t) }

// rtype returns the run-time type of t. It panics if there is none; Load turns
// that into an error.
func (e *Engine) rtype(t types.Type) reflect.Type {
	if rt, ok := e.rtypes.Load(t); ok {
		return rt.(reflect.Type)
	}
	rt, err := e.bridge.Of(engineType(t))
	if err != nil {
		panic(err)
	}
	e.rtypes.Store(t, rt)
	switch types.Unalias(t).(type) {
	case *types.Named, *types.Pointer, *types.Struct:
		e.ttypes.LoadOrStore(rt, types.Unalias(t))
	}
	return rt
}

// engineType replaces the types that only go/ssa knows.
func engineType(t types.Type) types.Type {
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		if u.Obj().Pkg() == nil && u.Obj().Name() == "deferStack" {
			return types.Typ[types.UnsafePointer]
		}
	case *types.Basic:
		switch u.Kind() {
		case types.UntypedNil:
			return types.NewInterfaceType(nil, nil)
		case types.UntypedBool, types.UntypedInt, types.UntypedRune, types.UntypedFloat,
			types.UntypedComplex, types.UntypedString:
			return types.Default(u)
		}
	case *types.Signature:
		if u.Recv() != nil { // the receiver becomes the first parameter
			ps := []*types.Var{types.NewParam(token.NoPos, nil, "", u.Recv().Type())}
			for i := range u.Params().Len() {
				ps = append(ps, u.Params().At(i))
			}
			return types.NewSignatureType(nil, nil, nil, types.NewTuple(ps...), u.Results(), u.Variadic())
		}
	}
	return t
}

// typeOf returns the type that rt was made of, nil if it is not known.
func (e *Engine) typeOf(rt reflect.Type) types.Type {
	if t, ok := e.ttypes.Load(rt); ok {
		return t.(types.Type)
	}
	if rt.Kind() == reflect.Pointer && rt.Name() == "" {
		if t, ok := e.ttypes.Load(rt.Elem()); ok {
			return types.NewPointer(t.(types.Type))
		}
	}
	return nil
}

// nativeType returns the compiled type of a named type.
func (e *Engine) nativeType(t *types.Named) (reflect.Type, bool) {
	if t.Obj().Pkg() == nil {
		return nil, false
	}
	return e.compiledType(t.Obj().Pkg().Path(), rtype.Name(t))
}

// nativeUnnamed returns the compiled type of an unnamed type; the tables list those under
// the empty path.
func (e *Engine) nativeUnnamed(t types.Type) (reflect.Type, bool) {
	return e.compiledType("", types.TypeString(t, (*types.Package).Path))
}

func (e *Engine) compiledType(path, name string) (reflect.Type, bool) {
	if e.cfg.Packages == nil {
		return nil, false
	}
	ns, ok := e.cfg.Packages.Natives(path)
	if !ok {
		return nil, false
	}
	rt, ok := ns.Types[name]
	return rt, ok
}

// bridgeMethod runs a method of an interpreted type for compiled code.
func (e *Engine) bridgeMethod(sel *types.Selection) func([]reflect.Value) []reflect.Value {
	e.mu.Lock()
	fn := e.prog.MethodValue(sel)
	e.mu.Unlock()
	f := e.function(fn)
	return func(args []reflect.Value) []reflect.Value {
		return (&closure{fn: f}).callReflect(f.sig, args)
	}
}

// position turns a position in a function into file, line and column.
func (e *Engine) position(fn *ssa.Function, pos token.Pos) (p token.Position) {
	for fn != nil && fn.Parent() != nil {
		fn = fn.Parent()
	}
	var pkg *types.Package
	switch {
	case fn == nil:
	case fn.Pkg != nil:
		pkg = fn.Pkg.Pkg
	case fn.Object() != nil:
		pkg = fn.Object().Pkg()
	}
	if fset, ok := e.fsets.Load(pkg); ok {
		p = fset.(*token.FileSet).Position(pos)
	}
	return p
}

// funcName names a function for tracebacks as Go does.
func funcName(fn *ssa.Function) string {
	name := fn.RelString(nil)
	return strings.ReplaceAll(name, "$", ".func")
}
