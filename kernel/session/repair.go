package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"
)

// maxRounds bounds the rounds of checking; each one finds out something new, so that a cell
// needs few.
const maxRounds = 1000

// settle checks the cell until nothing has to be repaired. Usually that is one round.
func (c *cell) settle() {
	for range maxRounds {
		c.decide()
		c.check()
		again := c.findEarlier()
		if len(c.diags) > 0 {
			return
		}
		switch {
		case again, c.compareFuncs(), c.compareNames(), c.keyLiterals(), c.findVoid(),
			c.dropFailed():
			continue
		}
		for _, e := range c.pass.errs {
			c.fail(e.Pos, e.Msg)
		}
		return
	}
	c.failOffset(0, "session: the cell does not settle")
}

// findEarlier finds identifiers that are used before the cell declares their name again:
// they mean the version of an earlier cell.
func (c *cell) findEarlier() bool {
	born := map[types.Object]int{}
	for i, it := range c.items {
		if it.spec != nil {
			for _, id := range it.spec.Names {
				if obj := c.pass.info.Defs[id]; obj != nil {
					born[obj] = i
				}
			}
		}
	}
	if len(born) == 0 {
		return false
	}
	found := false
	for i, it := range c.items {
		var nodes []ast.Node
		if it.spec == nil {
			nodes = append(nodes, it.stmt)
		} else {
			for _, x := range it.spec.Values {
				nodes = append(nodes, x)
			}
			if it.spec.Type != nil {
				nodes = append(nodes, it.spec.Type)
			}
		}
		identsOf(func(id *ast.Ident) {
			j, ok := born[c.pass.info.Uses[id]]
			if !ok || j < i || j > i && !c.sequential {
				return
			}
			found = true
			c.useEarlier(id, i == j)
		}, nodes...)
	}
	return found
}

func (c *cell) useEarlier(id *ast.Ident, own bool) {
	if c.lookup(id.Name) != nil {
		c.earlier[id] = id.Name
		id.Name += mark
		return
	}
	why := "declared later in this cell"
	if own {
		why = "it is only being declared here"
	}
	c.fail(id.Pos(), fmt.Sprintf("undefined: %s (%s)", id.Name, why))
}

// compareFuncs finds functions and methods whose signature is not that of the live version.
func (c *cell) compareFuncs() bool {
	found := false
	for old, f := range c.pass.hidden {
		to := c.plan.rebodied[old]
		fn, ok := c.pass.info.Defs[f.Name].(*types.Func)
		if !ok || to == old || c.fresh[to.name] {
			continue
		}
		if !sameSignature(old.fn.Signature(), fn.Signature()) {
			c.fresh[to.name] = true
			found = true
		}
	}
	return found
}

// sameSignature compares a function or method with its hidden version, whose first parameter
// is the receiver.
func sameSignature(old, hidden *types.Signature) bool {
	if old.Recv() == nil {
		return types.Identical(old, hidden)
	}
	params := make([]*types.Var, 0, old.Params().Len()+1)
	params = append(params, old.Recv())
	for v := range old.Params().Variables() {
		params = append(params, v)
	}
	flat := types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), old.Results(),
		old.Variadic())
	return types.Identical(flat, hidden)
}

// compareNames finds variables and constants that differ from the live version, and names
// that are of another kind now, so that their dependents are visited.
func (c *cell) compareNames() bool {
	found := false
	for name := range c.plan.names {
		if c.plan.changed[name] {
			continue
		}
		if b := c.s.names[name]; b == nil && !c.s.orphans[name] || c.same(name, b) {
			continue
		}
		c.changed[name] = true
		found = found || len(c.s.users[name]) > 0
	}
	return found
}

// same tells whether what depends on the live version of name may go on as it is.
func (c *cell) same(name string, b *binding) bool {
	if b == nil || c.s.orphans[name] {
		return false
	}
	switch obj := c.pass.pkg.Scope().Lookup(name).(type) {
	case *types.Var:
		return c.shares(obj, b)
	case *types.Const:
		old, ok := b.obj.(*types.Const)
		return ok && types.Identical(old.Type(), obj.Type()) && old.Val().Kind() != 0 &&
			old.Val().ExactString() == obj.Val().ExactString()
	}
	return false
}

// shares tells whether a variable is a version of the live one with the same storage.
func (c *cell) shares(v *types.Var, b *binding) bool {
	if b == nil || b.given || b.storage == nil {
		return false
	}
	old, ok := b.obj.(*types.Var)
	return ok && types.Identical(old.Type(), v.Type())
}

// keyLiterals gives keys to literals of structs of earlier cells that have unexported fields:
// go/types takes those fields for another package's.
func (c *cell) keyLiterals() bool {
	found := false
	for _, e := range c.pass.errs {
		if strings.HasPrefix(e.Msg, "implicit assignment to unexported field") {
			found = true
		}
	}
	if !found {
		return false
	}
	found = false
	ast.Inspect(c.pass.file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok && c.keyLiteral(lit) {
			found = true
		}
		return true
	})
	return found
}

func (c *cell) keyLiteral(lit *ast.CompositeLit) bool {
	t := c.pass.info.Types[lit].Type
	if t == nil || len(lit.Elts) == 0 {
		return false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok { // elided &T
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || st.NumFields() != len(lit.Elts) {
		return false
	}
	foreign := false
	for i := range lit.Elts {
		if _, keyed := lit.Elts[i].(*ast.KeyValueExpr); keyed || st.Field(i).Name() == "_" {
			return false
		}
		foreign = foreign || isCell(st.Field(i).Pkg()) && st.Field(i).Pkg() != c.pass.pkg
	}
	if !foreign {
		return false
	}
	for i, x := range lit.Elts {
		key := &ast.Ident{NamePos: x.Pos(), Name: st.Field(i).Name()}
		lit.Elts[i] = &ast.KeyValueExpr{Key: key, Colon: x.Pos(), Value: x}
	}
	return true
}

// findVoid notes that the trailing expression is a call without results.
func (c *cell) findVoid() bool {
	if c.pass.out == nil || c.void {
		return false
	}
	x := c.pass.out.Rhs[0].(*ast.CallExpr).Args[0]
	c.void = c.pass.info.Types[x].IsVoid()
	return c.void
}

// dropFailed leaves dependents that no longer compile on what they were compiled with.
func (c *cell) dropFailed() bool {
	if len(c.pass.errs) == 0 || len(c.pass.owner) == 0 {
		return false
	}
	type place struct {
		from, to token.Pos
		d        *decl
	}
	places := make([]place, 0, len(c.pass.owner))
	for node, d := range c.pass.owner {
		from, to := node.Pos(), node.End()
		if f, ok := node.(*ast.FuncDecl); ok { // a hidden one has no receiver
			from, to = min(f.Name.Pos(), f.Type.Params.Pos()), f.Body.End()
		}
		places = append(places, place{from, to, d})
	}
	sort.Slice(places, func(i, j int) bool { return places[i].from < places[j].from })
	found := false
	for _, e := range c.pass.errs {
		i := sort.Search(len(places), func(i int) bool { return places[i].from > e.Pos }) - 1
		if i < 0 || e.Pos > places[i].to {
			continue
		}
		if _, ok := c.failed[places[i].d]; ok {
			continue
		}
		c.failed[places[i].d] = failure{c.s.fset.Position(e.Pos), e.Msg}
		found = true
	}
	return found
}
