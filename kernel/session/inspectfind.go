package session

import (
	"go/ast"
	"go/types"
	"strings"
)

// meant checks the cell, or as much of it as parses, and returns what the name of the query
// means there; nil if that is not known.
func (q *query) meant() types.Object {
	for _, text := range q.repaired() {
		at := strings.Index(text, placeholder)
		text = text[:at] + q.prefix + text[at+len(placeholder):]
		c := q.s.checked(text, nil)
		if c == nil {
			continue
		}
		id, implicit := c.nameAt(at, q.prefix)
		if id == nil {
			continue
		}
		if c.meaning(id, implicit) == nil {
			if added := c.unimported(); len(added) > 0 {
				c = q.s.checked(text, added)
				id, implicit = c.nameAt(at, q.prefix)
			}
		}
		q.cell = c
		return c.meaning(id, implicit)
	}
	return nil
}

// checked compiles a text up to types and scopes, with packages that it forgot to import; nil if
// it does not parse.
func (s *Session) checked(text string, added []*types.Package) *cell {
	c := s.newCell(s.n+1, text)
	c.added = added
	c.scopes = map[ast.Node]*types.Scope{}
	c.parse()
	if len(c.diags) > 0 {
		return nil
	}
	c.importAll()
	c.diags = nil
	c.decide()
	c.check()
	return c
}

// unimported lists the packages that the checked cell uses without importing them.
func (c *cell) unimported() []*types.Package {
	for _, e := range c.pass.errs {
		c.diags = append(c.diags, Diag{Msg: e.Msg})
	}
	return c.missing()
}

// nameAt finds the identifier at an offset, and the type switch whose variable it is.
func (c *cell) nameAt(offset int, name string) (found *ast.Ident, of *ast.TypeSwitchStmt) {
	var inside *ast.TypeSwitchStmt
	ast.Inspect(c.pass.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSwitchStmt:
			inside = n
		case *ast.Ident:
			p := c.s.fset.Position(n.Pos())
			if n.Name == name && p.Filename == c.src.name() && c.offset(n.Pos()) == offset {
				found, of = n, inside
			}
		}
		return found == nil
	})
	return found, of
}

// meaning is what an identifier of the checked cell stands for.
func (c *cell) meaning(id *ast.Ident, of *ast.TypeSwitchStmt) types.Object {
	if id == nil {
		return nil
	}
	if obj := c.pass.info.ObjectOf(id); obj != nil {
		if t := obj.Type(); t == types.Typ[types.Invalid] && !isPackage(obj) {
			return nil
		}
		return obj
	}
	if of == nil {
		return nil
	}
	for _, clause := range of.Body.List { // switch x := y.(type)
		if obj := c.pass.info.Implicits[clause]; obj != nil && obj.Pos() == id.Pos() {
			return obj
		}
	}
	return nil
}

func isPackage(obj types.Object) bool {
	_, ok := obj.(*types.PkgName)
	return ok
}

// ownerOf names the type that declares a field or method, in the package of the object.
func (s *Session) ownerOf(obj types.Object) string {
	switch o := obj.(type) {
	case *types.Func:
		recv := o.Signature().Recv()
		if recv == nil {
			return ""
		}
		t := recv.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if n, ok := t.(*types.Named); ok {
			return n.Obj().Name()
		}
	case *types.Var:
		if !o.IsField() || o.Pkg() == nil {
			return ""
		}
		field := o.Origin()
		scope := o.Pkg().Scope()
		for _, name := range scope.Names() {
			t, ok := scope.Lookup(name).(*types.TypeName)
			if ok && !t.IsAlias() && hasField(t.Type(), field) {
				return t.Name()
			}
		}
	}
	return ""
}

func hasField(t types.Type, field *types.Var) bool {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range s.Fields() {
		if f == field {
			return true
		}
	}
	return false
}
