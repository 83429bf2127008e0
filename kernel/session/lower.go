package session

import (
	"go/ast"
	"go/token"
	"go/types"
)

// lower moves initialisers from the package into the cell's function: in source order if the
// cell has statements, in the order of package initialisation if it only declares.
func (c *cell) lower() {
	p := c.pass
	for id, name := range c.earlier {
		if c.pass.retyped[name] == nil {
			if _, ok := p.info.Uses[id].(*types.PkgName); !ok {
				p.info.Uses[id] = c.lookup(name)
			}
		}
		id.Name = name
	}
	order := p.info.InitOrder
	p.info.InitOrder = nil
	l := &lowering{c: c, zeros: map[*types.Var]bool{}}
	if c.sequential {
		l.inOrder()
	} else {
		l.asPackage(order)
	}
	c.strip()
	f := p.file.Decls[len(p.file.Decls)-1].(*ast.FuncDecl)
	if len(l.zeroSpecs) > 0 {
		zeros := &ast.GenDecl{Tok: token.VAR, Specs: l.zeroSpecs}
		p.file.Decls = append([]ast.Decl{zeros}, p.file.Decls...)
	}
	f.Body.List = l.list
	c.steps = l.steps
	c.counts = len(p.prog) > 0
}

// strip takes the values off the declarations of variables: the cell's function assigns them.
func (c *cell) strip() {
	for _, it := range c.items {
		if it.spec != nil {
			it.spec.Values = nil
		}
	}
}

type lowering struct {
	c         *cell
	list      []ast.Stmt
	steps     [][]*types.Var
	zeros     map[*types.Var]bool
	zeroSpecs []ast.Spec
}

func (l *lowering) inOrder() {
	c := l.c
	called := false
	for _, it := range c.items {
		switch {
		case it.spec != nil:
			l.declare(it.spec)
			continue
		case !called:
			called = true
			l.callAll(c.inits)
		}
		if it.show != nil && c.pass.out != nil {
			l.list = append(l.list, c.pass.out)
		} else {
			l.list = append(l.list, it.stmt)
		}
	}
	if !called {
		l.callAll(c.inits)
	}
	if c.whole {
		l.callMain()
	}
}

// declare assigns the values of a specification, or zero.
func (l *lowering) declare(spec *ast.ValueSpec) {
	var vars []*types.Var
	var left []ast.Expr
	for _, id := range spec.Names {
		v, _ := l.c.pass.info.Defs[id].(*types.Var)
		left = append(left, l.use(id.Name, v, id.Pos()))
		if v != nil && id.Name != "_" {
			vars = append(vars, v)
		}
	}
	if len(spec.Values) > 0 {
		l.list = append(l.list, &ast.AssignStmt{
			Lhs: left, TokPos: spec.Pos(), Tok: token.ASSIGN, Rhs: spec.Values,
		})
	} else {
		for _, v := range vars {
			l.zero(v)
		}
	}
	l.step(vars)
}

// step counts an initialiser that ran.
func (l *lowering) step(vars []*types.Var) {
	l.list = append(l.list, l.c.pass.prog[len(l.steps)])
	l.steps = append(l.steps, vars)
}

// use makes an identifier that means v.
func (l *lowering) use(name string, v *types.Var, pos token.Pos) *ast.Ident {
	id := &ast.Ident{NamePos: pos, Name: name}
	if name != "_" {
		l.c.pass.info.Uses[id] = v
	}
	return id
}

// zero clears a variable that has memory of an earlier version, by assigning a variable that
// nobody assigns to.
func (l *lowering) zero(v *types.Var) {
	c := l.c
	if b := c.s.names[v.Name()]; !c.shares(v, b) {
		return
	}
	id := &ast.Ident{Name: v.Name() + mark + "zero"}
	zero := types.NewVar(token.NoPos, c.pass.pkg, id.Name, v.Type())
	c.pass.pkg.Scope().Insert(zero)
	c.pass.info.Defs[id] = zero
	l.zeroSpecs = append(l.zeroSpecs, &ast.ValueSpec{Names: []*ast.Ident{id}})
	l.list = append(l.list, &ast.AssignStmt{
		Lhs: []ast.Expr{l.use(v.Name(), v, v.Pos())}, TokPos: v.Pos(), Tok: token.ASSIGN,
		Rhs: []ast.Expr{l.use(id.Name, zero, v.Pos())},
	})
}

// asPackage follows the order that go/types found, as Go does for a package.
func (l *lowering) asPackage(order []*types.Initializer) {
	c := l.c
	var plain []*types.Var
	for _, it := range c.items {
		for _, id := range it.spec.Names {
			v, _ := c.pass.info.Defs[id].(*types.Var)
			if v != nil && id.Name != "_" && len(it.spec.Values) == 0 {
				plain = append(plain, v)
			}
		}
	}
	for _, v := range plain {
		l.zero(v)
	}
	if len(plain) > 0 {
		l.step(plain)
	}
	for _, init := range order {
		l.initialise(init)
	}
	l.callAll(c.inits)
	l.callMain()
}

func (l *lowering) initialise(init *types.Initializer) {
	a := &ast.AssignStmt{TokPos: init.Rhs.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{init.Rhs}}
	for _, v := range init.Lhs {
		a.Lhs = append(a.Lhs, l.use(v.Name(), v, v.Pos()))
	}
	l.list = append(l.list, a)
	l.step(init.Lhs)
}

func (l *lowering) callAll(fs []*ast.FuncDecl) {
	for _, f := range fs {
		l.call(f.Name)
	}
}

// callMain runs the main function of a whole program, or of a cell that only declares.
func (l *lowering) callMain() {
	if d := l.c.find("main"); d != nil && d.kind == funcDecl {
		name := d.fun().Name
		if h := l.c.pass.hidden[l.c.liveFunc("main")]; h != nil {
			name = h.Name
		}
		l.call(name)
	}
}

func (l *lowering) call(name *ast.Ident) {
	info := l.c.pass.info
	id := &ast.Ident{NamePos: name.Pos(), Name: name.Name}
	fn := info.Defs[name].(*types.Func)
	call := &ast.CallExpr{Fun: id, Lparen: name.Pos(), Rparen: name.Pos()}
	info.Uses[id] = fn
	info.Types[id] = types.TypeAndValue{Type: fn.Type()}
	info.Types[call] = types.TypeAndValue{Type: types.NewTuple()}
	l.list = append(l.list, &ast.ExprStmt{X: call})
}
