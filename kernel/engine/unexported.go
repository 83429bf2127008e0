package engine

import (
	"go/types"
	"reflect"
	"sync"
)

// hidden finds the run-time types of compiled types that no table lists: those that are not
// exported, such as the result of gorgonia's NewTapeMachine, and those of packages that are
// not in the tables but appear in the signatures of ones that are. It walks the types and the
// compiled values of the imported packages side by side.
type hidden struct {
	mu      sync.Mutex
	pending []*types.Package // imported, not yet walked
	noted   map[*types.Package]bool
	walked  map[types.Type]bool
	found   map[string]reflect.Type // by package path and name
}

// note remembers an imported package. Walking it waits until a type is missed.
func (h *hidden) note(pkg *types.Package) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.noted == nil {
		h.noted = map[*types.Package]bool{}
		h.walked = map[types.Type]bool{}
		h.found = map[string]reflect.Type{}
	}
	if !h.noted[pkg] {
		h.noted[pkg] = true
		h.pending = append(h.pending, pkg)
	}
}

func (h *hidden) lookup(ps Packages, name *types.TypeName) (reflect.Type, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := typeKey(name)
	for {
		if rt, ok := h.found[key]; ok {
			return rt, true
		}
		if len(h.pending) == 0 {
			return nil, false
		}
		pkg := h.pending[0]
		h.pending = h.pending[1:]
		if ns, ok := ps.Natives(pkg.Path()); ok {
			h.walkPackage(pkg, ns)
		}
	}
}

func typeKey(name *types.TypeName) string { return name.Pkg().Path() + "." + name.Name() }

func (h *hidden) walkPackage(pkg *types.Package, ns *Natives) {
	pair := func(name string, rt reflect.Type) {
		if obj := pkg.Scope().Lookup(name); obj != nil {
			h.walk(obj.Type(), rt)
		}
	}
	for name, rt := range ns.Types {
		pair(name, rt)
	}
	for name, f := range ns.Funcs {
		pair(name, f.Type())
	}
	for name, v := range ns.Vars {
		pair(name, v.Type().Elem())
	}
}

// walk pairs a type with its run-time type and goes on to their parts.
func (h *hidden) walk(t types.Type, rt reflect.Type) {
	t = types.Unalias(t)
	if h.walked[t] {
		return
	}
	h.walked[t] = true
	if n, ok := t.(*types.Named); ok {
		if n.Obj().Pkg() == nil || n.TypeArgs().Len() > 0 || rt.Name() != n.Obj().Name() {
			return
		}
		h.found[typeKey(n.Obj())] = rt
		h.walkMethods(n, rt)
	}
	h.walkParts(t.Underlying(), rt)
}

func (h *hidden) walkParts(t types.Type, rt reflect.Type) {
	switch t := t.(type) {
	case *types.Pointer:
		if rt.Kind() == reflect.Pointer {
			h.walk(t.Elem(), rt.Elem())
		}
	case *types.Map:
		if rt.Kind() == reflect.Map {
			h.walk(t.Key(), rt.Key())
			h.walk(t.Elem(), rt.Elem())
		}
	case interface{ Elem() types.Type }: // slice, array, channel
		switch rt.Kind() {
		case reflect.Slice, reflect.Array, reflect.Chan:
			h.walk(t.Elem(), rt.Elem())
		}
	case *types.Struct:
		if rt.Kind() == reflect.Struct && rt.NumField() == t.NumFields() {
			for i := range t.NumFields() {
				h.walk(t.Field(i).Type(), rt.Field(i).Type)
			}
		}
	case *types.Signature:
		if rt.Kind() == reflect.Func {
			h.walkFunc(t, rt, 0)
		}
	case *types.Interface:
		if rt.Kind() != reflect.Interface {
			return
		}
		for i := range t.NumMethods() {
			if m, ok := rt.MethodByName(t.Method(i).Name()); ok {
				h.walkFunc(t.Method(i).Signature(), m.Type, 0)
			}
		}
	}
}

// walkFunc pairs parameters and results; skip counts receivers among the parameters of rt.
func (h *hidden) walkFunc(sig *types.Signature, rt reflect.Type, skip int) {
	if rt.NumIn() != sig.Params().Len()+skip || rt.NumOut() != sig.Results().Len() {
		return
	}
	for i := range sig.Params().Len() {
		h.walk(sig.Params().At(i).Type(), rt.In(i+skip))
	}
	for i := range sig.Results().Len() {
		h.walk(sig.Results().At(i).Type(), rt.Out(i))
	}
}

// walkMethods pairs the exported methods of *T, which reflection can see.
func (h *hidden) walkMethods(n *types.Named, rt reflect.Type) {
	if rt.Kind() == reflect.Interface {
		return
	}
	pointer := reflect.PointerTo(rt)
	for i := range n.NumMethods() {
		m := n.Method(i)
		if rm, ok := pointer.MethodByName(m.Name()); ok && m.Exported() {
			h.walkFunc(m.Signature(), rm.Type, 1)
		}
	}
}
