package symbols

import (
	"go/types"
	"reflect"
	"testing"

	"cliplab/kernel/rtype"
)

// The run-time type of every compiled function, variable, type, method and field must be the
// very type that the bridge makes of its declaration: then values pass between both worlds.
func TestTypesAreTheCompilers(t *testing.T) {
	table := New()
	a := &agreement{T: t, bridge: rtype.New(config(table))}
	for _, path := range Paths() {
		if _, source := table.Source(path); source {
			continue // it is run from source
		}
		pkg, err := table.Types(path)
		if err != nil {
			t.Error(err)
			continue
		}
		values, _ := table.Natives(path)
		for name, f := range values.Funcs {
			a.object(pkg, name, f.Type())
		}
		for name, v := range values.Vars {
			a.object(pkg, name, v.Type().Elem())
		}
		for name, rt := range values.Types {
			if object := pkg.Scope().Lookup(name); object != nil { // hidden ones have none
				a.object(pkg, name, rt)
				a.methods(path+"."+name, object.Type(), rt)
				a.fields(path+"."+name, object.Type(), rt)
			}
		}
	}
	t.Logf("%d types compared", a.compared)
	if a.compared < 10_000 {
		t.Errorf("only %d types compared", a.compared)
	}
}

// agreement compares types of both worlds.
type agreement struct {
	*testing.T
	bridge   *rtype.Bridge
	compared int
}

func (a *agreement) same(what string, typ types.Type, want reflect.Type) {
	a.compared++
	if got, err := a.bridge.Of(typ); err != nil {
		a.Errorf("%s: %v", what, err)
	} else if got != want {
		a.Errorf("%s is %v, compiled another %v", what, got, want)
	}
}

func (a *agreement) object(pkg *types.Package, name string, want reflect.Type) {
	object := pkg.Scope().Lookup(name)
	if object == nil {
		a.Errorf("%s.%s has a value and no type", pkg.Path(), name)
		return
	}
	a.same(pkg.Path()+"."+name, object.Type(), want)
}

func (a *agreement) methods(what string, typ types.Type, rt reflect.Type) {
	receivers := 0
	if !types.IsInterface(typ) {
		typ, rt, receivers = types.NewPointer(typ), reflect.PointerTo(rt), 1
	}
	set := types.NewMethodSet(typ)
	for i := range set.Len() {
		name := set.At(i).Obj().Name()
		if !set.At(i).Obj().Exported() {
			continue
		}
		if m, ok := rt.MethodByName(name); ok {
			a.same(what+"."+name, set.At(i).Type(), without(receivers, m.Type))
		} else {
			a.Errorf("%s has no compiled method %s", what, name)
		}
	}
}

// without is a function type without its first n parameters.
func without(n int, rt reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for i := n; i < rt.NumIn(); i++ {
		in = append(in, rt.In(i))
	}
	for i := range rt.NumOut() {
		out = append(out, rt.Out(i))
	}
	return reflect.FuncOf(in, out, rt.IsVariadic())
}

func (a *agreement) fields(what string, typ types.Type, rt reflect.Type) {
	st, ok := typ.Underlying().(*types.Struct)
	if !ok {
		return
	}
	if st.NumFields() != rt.NumField() {
		a.Errorf("%s has %d fields, compiled %d", what, st.NumFields(), rt.NumField())
		return
	}
	for i := range st.NumFields() {
		if f := st.Field(i); f.Exported() {
			a.same(what+"."+f.Name(), f.Type(), rt.Field(i).Type)
		}
	}
}

// config finds compiled types as the engine does.
func config(table *Table) rtype.Config {
	find := func(path, name string) (reflect.Type, bool) {
		values, ok := table.Natives(path)
		if !ok {
			return nil, false
		}
		rt, ok := values.Types[name]
		return rt, ok
	}
	return rtype.Config{
		Native: func(n *types.Named) (reflect.Type, bool) {
			if n.Obj().Pkg() == nil {
				return nil, false
			}
			return find(n.Obj().Pkg().Path(), rtype.Name(n))
		},
		Unnamed: func(t types.Type) (reflect.Type, bool) {
			return find("", types.TypeString(t, (*types.Package).Path))
		},
	}
}

// Each hidden type must be the one that its name says.
func TestHiddenTypesAreWhatTheirNamesSay(t *testing.T) {
	count := 0
	for path, table := range hidden {
		for name, rt := range table() {
			count++
			if path != "" && rt.Name() != name || rt.PkgPath() != path {
				t.Errorf("%s.%s is %s.%s", path, name, rt.PkgPath(), rt.Name())
			}
		}
	}
	t.Logf("%d hidden types", count)
}
