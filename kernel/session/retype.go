package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// retype finds the variables of plain data whose types are declared again with the same
// layout, because they or their parts gained methods: they get the new type over the same
// memory. It reports whether there are new ones.
func (c *cell) retype() bool {
	p := c.plan
	same := c.sameLayout()
	more := false
	for name := range same {
		for v := range c.s.typed[name] {
			b := c.s.names[v]
			if p.retyped[v] != nil || b == nil || b.given {
				continue
			}
			if r := (retyper{c: c, same: same}); r.expr(b.obj.Type()) == nil {
				continue
			}
			p.retyped[v] = b
			more = true
			if !c.owns(v) {
				p.names[v] = true
				c.change(v)
			}
		}
	}
	return more
}

// sameLayout returns the types of the plan that differ from the live ones in methods only.
func (c *cell) sameLayout() map[string]bool {
	p := c.plan
	same := map[string]bool{}
	for name, d := range p.types {
		if old := c.liveType(name); old != nil && old.text == d.text {
			same[name] = true
		}
	}
	for again := true; again; {
		again = false
		for name := range same {
			for _, u := range c.liveType(name).sig {
				if p.changed[u.name] && !same[u.name] {
					delete(same, name)
					again = true
					break
				}
			}
		}
	}
	return same
}

// retyper writes types of variables in terms of the types that are declared again. Parts that
// stay as they are become aliases, since not every type can be spelled.
type retyper struct {
	c       *cell
	same    map[string]bool
	aliases map[string]types.Type
}

// expr returns nil for a type that cannot change over its memory: contents of interfaces,
// channels and functions keep their types.
func (r *retyper) expr(t types.Type) ast.Expr {
	if !r.stale(t, nil) {
		if r.aliases == nil {
			r.aliases = map[string]types.Type{}
		}
		name := fmt.Sprintf("alias%s%d", mark, len(r.aliases))
		r.aliases[name] = t
		return ast.NewIdent(name)
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return r.named(t)
	case *types.Pointer:
		if x := r.expr(t.Elem()); x != nil {
			return &ast.StarExpr{X: x}
		}
	case *types.Slice:
		if x := r.expr(t.Elem()); x != nil {
			return &ast.ArrayType{Elt: x}
		}
	case *types.Array:
		if x := r.expr(t.Elem()); x != nil {
			n := &ast.BasicLit{Kind: token.INT, Value: strconv.FormatInt(t.Len(), 10)}
			return &ast.ArrayType{Len: n, Elt: x}
		}
	case *types.Map:
		k, v := r.expr(t.Key()), r.expr(t.Elem())
		if k != nil && v != nil {
			return &ast.MapType{Key: k, Value: v}
		}
	case *types.Struct:
		return r.structure(t)
	}
	return nil
}

func (r *retyper) named(t *types.Named) ast.Expr {
	if !isCell(t.Obj().Pkg()) {
		return nil // an instance of a compiled generic type
	}
	id := ast.NewIdent(t.Obj().Name())
	if t.TypeArgs() == nil {
		return id
	}
	x := &ast.IndexListExpr{X: id}
	for a := range t.TypeArgs().Types() {
		arg := r.expr(a)
		if arg == nil {
			return nil
		}
		x.Indices = append(x.Indices, arg)
	}
	return x
}

func (r *retyper) structure(t *types.Struct) ast.Expr {
	list := &ast.FieldList{}
	for i := range t.NumFields() {
		x := r.expr(t.Field(i).Type())
		if x == nil {
			return nil
		}
		f := &ast.Field{Type: x}
		if !t.Field(i).Embedded() {
			f.Names = []*ast.Ident{ast.NewIdent(t.Field(i).Name())}
		}
		if tag := t.Tag(i); tag != "" {
			f.Tag = &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(tag)}
		}
		list.List = append(list.List, f)
	}
	return &ast.StructType{Fields: list}
}

// stale tells whether t mentions a live type that is declared again with the same layout.
func (r *retyper) stale(t types.Type, seen map[types.Type]bool) bool {
	found := false
	walkCellTypes(t, func(n *types.TypeName) {
		b := r.c.s.names[n.Name()]
		if r.same[n.Name()] && b != nil && b.obj == n {
			found = true
		}
	})
	return found
}

// walkCellTypes calls f with the named types of cells that occur in t, without looking into
// the types that they stand for.
func walkCellTypes(t types.Type, f func(*types.TypeName)) {
	tuple := func(t *types.Tuple) {
		for v := range t.Variables() {
			walkCellTypes(v.Type(), f)
		}
	}
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if isCell(t.Obj().Pkg()) && t.Obj().Parent() == t.Obj().Pkg().Scope() {
			f(t.Obj())
		}
		for a := range t.TypeArgs().Types() {
			walkCellTypes(a, f)
		}
	case *types.Pointer:
		walkCellTypes(t.Elem(), f)
	case *types.Slice:
		walkCellTypes(t.Elem(), f)
	case *types.Array:
		walkCellTypes(t.Elem(), f)
	case *types.Chan:
		walkCellTypes(t.Elem(), f)
	case *types.Map:
		walkCellTypes(t.Key(), f)
		walkCellTypes(t.Elem(), f)
	case *types.Struct:
		for v := range t.Fields() {
			walkCellTypes(v.Type(), f)
		}
	case *types.Signature:
		tuple(t.Params())
		tuple(t.Results())
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			walkCellTypes(m.Type(), f)
		}
	}
}

// isCell tells whether pkg is the package of a cell.
func isCell(pkg *types.Package) bool { return pkg != nil && pkg.Path() == "main" }
