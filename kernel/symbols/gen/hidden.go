package main

import (
	"bytes"
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"cliplab/kernel/rtype"
)

// A type is hidden when no table can write its name: it is not exported, it belongs to a
// package that is not listed, or it is an instance of a generic type. Values of such types
// still come out of exported functions (gorgonia.NewTapeMachine gives a *tapeMachine). The
// walk below finds, for each, an expression that starts at a name and takes the type from
// there by reflection: reflect.TypeOf(q.NewTapeMachine).Out(0).Elem().

// place is a type and the expression of its reflect.Type.
type place struct {
	typ  types.Type
	expr string
	root string // the package in which the expression starts, written as q
}

type walker struct {
	listed map[string]bool
	seen   map[types.Type]bool
	queue  []place
	hidden map[string]map[string]place // package path → name → where
}

// hiddenTypes finds the hidden types of the packages, nearest expression first.
func hiddenTypes(loaded []*packages.Package) map[string]map[string]place {
	w := &walker{
		listed: map[string]bool{},
		seen:   map[types.Type]bool{},
		hidden: map[string]map[string]place{},
	}
	for _, p := range loaded {
		w.listed[p.PkgPath] = true
	}
	for _, p := range loaded {
		w.start(p.Types)
	}
	for len(w.queue) > 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.visit(next)
	}
	return w.hidden
}

func (w *walker) start(pkg *types.Package) {
	funcs, vars, kinds := members(pkg)
	add := func(names []string, form string) {
		for _, name := range names {
			typ := pkg.Scope().Lookup(name).Type()
			w.queue = append(w.queue, place{typ, fmt.Sprintf(form, name), pkg.Path()})
		}
	}
	add(kinds, "reflect.TypeFor[q.%s]()")
	add(funcs, "reflect.TypeOf(q.%s)")
	add(vars, "reflect.TypeOf(&q.%s).Elem()")
}

// visit records the type when it is hidden and queues its parts.
func (w *walker) visit(p place) {
	p.typ = types.Unalias(p.typ)
	if w.seen[p.typ] {
		return
	}
	w.seen[p.typ] = true
	if named, ok := p.typ.(*types.Named); ok {
		w.named(named, p)
		if named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "syscall" {
			return // has other parts on other systems
		}
		w.methods(named, p)
	}
	step := func(t types.Type, how string, args ...any) {
		w.queue = append(w.queue, place{t, p.expr + fmt.Sprintf(how, args...), p.root})
	}
	switch t := p.typ.Underlying().(type) {
	case *types.Map:
		step(t.Key(), ".Key()")
		step(t.Elem(), ".Elem()")
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		step(t.Elem(), ".Elem()")
	case *types.Struct:
		for i := range t.NumFields() {
			if t.Field(i).Embedded() {
				w.unnamed(p)
			}
			if t.Field(i).Exported() || t.Field(i).Embedded() {
				step(t.Field(i).Type(), ".Field(%d).Type", i)
			}
		}
	case *types.Signature:
		w.signature(t, p, 0)
	case *types.Interface:
		for i := range t.NumMethods() {
			w.unnamed(p)
			if m := t.Method(i); m.Exported() {
				expr := fmt.Sprintf("method(%s, %q)", p.expr, m.Name())
				w.signature(m.Signature(), place{nil, expr, p.root}, 0)
			}
		}
	}
}

// signature queues parameters and results; skip counts receivers among the parameters.
func (w *walker) signature(sig *types.Signature, p place, skip int) {
	for i := range sig.Params().Len() {
		expr := fmt.Sprintf("%s.In(%d)", p.expr, i+skip)
		w.queue = append(w.queue, place{sig.Params().At(i).Type(), expr, p.root})
	}
	for i := range sig.Results().Len() {
		expr := fmt.Sprintf("%s.Out(%d)", p.expr, i)
		w.queue = append(w.queue, place{sig.Results().At(i).Type(), expr, p.root})
	}
}

// methods queues what the exported methods of *T take and give.
func (w *walker) methods(named *types.Named, p place) {
	if types.IsInterface(named) {
		return
	}
	set := types.NewMethodSet(types.NewPointer(named))
	for i := range set.Len() {
		if m := set.At(i); m.Obj().Exported() {
			expr := fmt.Sprintf("method(reflect.PointerTo(%s), %q)", p.expr, m.Obj().Name())
			w.signature(m.Type().(*types.Signature), place{nil, expr, p.root}, 1)
		}
	}
}

func (w *walker) named(named *types.Named, p place) {
	obj := named.Obj()
	if obj.Pkg() == nil {
		return
	}
	path := obj.Pkg().Path()
	if w.listed[path] && obj.Exported() && named.TypeArgs().Len() == 0 {
		return // in the table of its package
	}
	w.record(path, rtype.Name(named), p)
}

// unnamed records a type that package reflect cannot make: an interface with methods, a
// struct that embeds. They belong to no package.
func (w *walker) unnamed(p place) {
	if _, ok := p.typ.(*types.Named); !ok {
		w.record("", types.TypeString(p.typ, (*types.Package).Path), p)
	}
}

func (w *walker) record(path, name string, p place) {
	if w.hidden[path] == nil {
		w.hidden[path] = map[string]place{}
	}
	if _, ok := w.hidden[path][name]; !ok {
		w.hidden[path][name] = p
	}
}

// hiddenTable writes the hidden types, a function per package that they belong to.
func hiddenTable(hidden map[string]map[string]place) []byte {
	roots := map[string]bool{}
	for _, names := range hidden {
		for _, p := range names {
			roots[p.root] = true
		}
	}
	var b bytes.Buffer
	b.WriteString(header)
	b.WriteString("import (\n\"reflect\"\n\n")
	for _, root := range slices.Sorted(maps.Keys(roots)) {
		fmt.Fprintf(&b, "q%s %q\n", identifier(root), root)
	}
	b.WriteString(")\n\nvar hidden = map[string]func() map[string]reflect.Type{\n")
	for _, path := range slices.Sorted(maps.Keys(hidden)) {
		fmt.Fprintf(&b, "%q: func() map[string]reflect.Type {\n", path)
		b.WriteString("return map[string]reflect.Type{\n")
		for _, name := range slices.Sorted(maps.Keys(hidden[path])) {
			p := hidden[path][name]
			expr := strings.ReplaceAll(p.expr, "q.", "q"+identifier(p.root)+".")
			fmt.Fprintf(&b, "%s: %s,\n", quote(name), expr)
		}
		b.WriteString("}\n},\n")
	}
	b.WriteString("}\n")
	return gofmt(b.Bytes())
}

// quote writes a string so that it can be read.
func quote(s string) string {
	if strings.ContainsRune(s, '"') && !strings.ContainsRune(s, '`') {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
