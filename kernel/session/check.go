package session

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// pass is one round of go/types over the cell and what is compiled again with it.
type pass struct {
	pkg     *types.Package
	info    *types.Info
	file    *ast.File
	errs    []types.Error
	hidden  map[*decl]*ast.FuncDecl // code of rebodied functions, by what keeps its identity
	retyped map[string]*ast.Ident   // variables over old memory
	prog    []ast.Stmt              // prog· = k, for k = 1, 2 …
	out     *ast.AssignStmt         // out· = show·(x)
	owner   map[ast.Decl]*decl      // of declarations of earlier cells
}

// check runs one round.
func (c *cell) check() {
	name := c.src.name()
	p := &pass{
		pkg: types.NewPackage("main", name),
		info: &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
			Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
			Selections:   map[*ast.SelectorExpr]*types.Selection{},
			Instances:    map[*ast.Ident]types.Instance{},
			FileVersions: map[*ast.File]string{},
			Scopes:       c.scopes,
		},
		hidden: map[*decl]*ast.FuncDecl{}, retyped: map[string]*ast.Ident{},
		owner: map[ast.Decl]*decl{},
	}
	c.pass = p
	p.file = &ast.File{Name: ast.NewIdent(name)}
	if c.body != nil {
		p.file.Package = c.body.Pos()
		p.file.FileStart, p.file.FileEnd = c.body.Pos(), c.body.End()
	}
	c.assemble()
	c.fill()
	conf := types.Config{
		Importer:                 c.s.engine,
		DisableUnusedImportCheck: true,
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !harmless(e, c.sequential) {
				p.errs = append(p.errs, e)
			}
		},
	}
	types.NewChecker(&conf, c.s.fset, p.pkg, p.info).Files([]*ast.File{p.file})
	var imports []*types.Package
	for _, n := range p.pkg.Scope().Names() {
		if o, ok := p.pkg.Scope().Lookup(n).(*types.PkgName); ok {
			imports = append(imports, o.Imported())
		}
	}
	p.pkg.SetImports(append(imports, c.dots...))
}

// harmless tells whether a cell may do what Go forbids.
func harmless(e types.Error, sequential bool) bool {
	switch {
	case strings.Contains(e.Msg, "declared and not used"):
		return true
	case strings.HasPrefix(e.Msg, "initialization cycle"):
		return sequential
	}
	return strings.HasPrefix(e.Msg, "\t") // continues an error before
}

// assemble makes the file of the round out of the plan.
func (c *cell) assemble() {
	p, plan := c.pass, c.plan
	for _, d := range plan.consts {
		c.addNode(d, c.trimmed(d))
	}
	for _, name := range sorted(plan.types) {
		c.addNode(plan.types[name], plan.types[name].node)
	}
	for _, name := range sorted(plan.methods) {
		c.addNode(plan.methods[name], plan.methods[name].node)
	}
	for _, name := range sorted(plan.funcs) {
		c.addNode(plan.funcs[name], plan.funcs[name].node)
	}
	from := make([]*decl, 0, len(plan.rebodied))
	for d := range plan.rebodied {
		from = append(from, d)
	}
	sort.Slice(from, func(i, j int) bool { return from[i].name < from[j].name })
	for _, d := range from {
		to := plan.rebodied[d]
		f := hide(to.fun(), c.hidden(d.name))
		p.hidden[d] = f
		c.addNode(to, f)
	}
	for _, f := range slices.Concat(c.inits, c.blanks) {
		p.file.Decls = append(p.file.Decls, f)
	}
	for name, b := range plan.retyped {
		c.addRetyped(name, b)
	}
	c.addItems()
}

func (c *cell) addNode(d *decl, node ast.Decl) {
	c.pass.file.Decls = append(c.pass.file.Decls, node)
	if d.cell != c.src.n {
		c.pass.owner[node] = d
	}
}

// trimmed returns a group of constants without the names that mean something else by now.
func (c *cell) trimmed(d *decl) ast.Decl {
	if d.cell == c.src.n {
		return d.node
	}
	g := *d.node.(*ast.GenDecl)
	g.Specs = slices.Clone(g.Specs)
	for i, s := range g.Specs {
		spec := *s.(*ast.ValueSpec)
		spec.Names = slices.Clone(spec.Names)
		for j, id := range spec.Names {
			if b := c.s.names[id.Name]; b == nil || b.decl != d || c.owns(id.Name) {
				spec.Names[j] = &ast.Ident{NamePos: id.Pos(), Name: "_"}
			}
		}
		g.Specs[i] = &spec
	}
	return &g
}

// hide returns a function under another name; a method becomes a function whose first
// parameter is the receiver.
func hide(f *ast.FuncDecl, name string) *ast.FuncDecl {
	h := &ast.FuncDecl{Name: &ast.Ident{NamePos: f.Name.Pos(), Name: name}, Type: f.Type, Body: f.Body}
	if f.Recv == nil {
		return h
	}
	typ := *f.Type
	params := &ast.FieldList{Opening: typ.Params.Opening, Closing: typ.Params.Closing}
	for _, list := range []*ast.FieldList{f.Recv, f.Type.Params} {
		for _, field := range list.List {
			if len(field.Names) == 0 {
				named := *field
				named.Names = []*ast.Ident{{NamePos: field.Pos(), Name: "_"}}
				field = &named
			}
			params.List = append(params.List, field)
		}
	}
	typ.Params = params
	h.Type = &typ
	return h
}

// addRetyped declares a variable of an earlier cell again. If the cell declares the name
// itself, only uses of the earlier version see it.
func (c *cell) addRetyped(name string, b *binding) {
	r := retyper{c: c, same: c.sameLayout()}
	x := r.expr(b.obj.Type())
	if x == nil {
		return
	}
	id := ast.NewIdent(name)
	if c.owns(name) {
		id.Name = name + mark
	}
	c.pass.retyped[name] = id
	c.addSpec(&ast.ValueSpec{Names: []*ast.Ident{id}, Type: x})
	// Aliases are numbered within a type; give them names of their own.
	names := map[string]string{}
	for alias, t := range r.aliases {
		own := alias + mark + name
		names[alias] = own
		c.pass.pkg.Scope().Insert(types.NewTypeName(token.NoPos, c.pass.pkg, own, t))
	}
	identsOf(func(id *ast.Ident) {
		if own, ok := names[id.Name]; ok {
			id.Name = own
		}
	}, x)
}

func (c *cell) addSpec(s *ast.ValueSpec) {
	g := &ast.GenDecl{TokPos: s.Pos(), Tok: token.VAR, Specs: []ast.Spec{s}}
	c.pass.file.Decls = append(c.pass.file.Decls, g)
}

// addItems declares variables in the package and puts statements into the cell's function.
func (c *cell) addItems() {
	p := c.pass
	var list []ast.Stmt
	vars := 0
	for _, it := range c.items {
		switch {
		case it.spec != nil:
			c.addSpec(it.spec)
			vars += len(it.spec.Names)
		case it.show != nil && !c.void:
			call := &ast.CallExpr{
				Fun: ast.NewIdent(showFunc), Lparen: it.show.Pos(),
				Args: []ast.Expr{it.show}, Rparen: it.show.End(),
			}
			p.out = assign(outVar, call, it.show.Pos())
			list = append(list, p.out)
		default:
			list = append(list, it.stmt)
		}
	}
	for k := range vars {
		n := &ast.BasicLit{Kind: token.INT, Value: strconv.Itoa(k + 1)}
		p.prog = append(p.prog, assign(progVar, n, token.NoPos))
	}
	list = append(list, p.prog...)
	if vars > 0 {
		c.addSpec(&ast.ValueSpec{Names: []*ast.Ident{ast.NewIdent(progVar)}, Type: ast.NewIdent(intName)})
	}
	if p.out != nil {
		c.addSpec(&ast.ValueSpec{
			Names: []*ast.Ident{ast.NewIdent(outVar)},
			Type:  &ast.ArrayType{Elt: ast.NewIdent(anyName)},
		})
	}
	f := &ast.FuncDecl{Name: ast.NewIdent(cellFunc), Type: &ast.FuncType{Params: &ast.FieldList{}}}
	f.Body = &ast.BlockStmt{List: list}
	if c.body != nil {
		f.Type.Func, f.Name.NamePos = c.body.Pos(), c.body.Name.Pos()
		f.Body.Lbrace, f.Body.Rbrace = c.body.Body.Lbrace, c.body.Body.Rbrace
	}
	p.file.Decls = append(p.file.Decls, f)
}

func assign(name string, x ast.Expr, pos token.Pos) *ast.AssignStmt {
	return &ast.AssignStmt{
		Lhs: []ast.Expr{&ast.Ident{NamePos: pos, Name: name}}, TokPos: pos, Tok: token.ASSIGN,
		Rhs: []ast.Expr{x},
	}
}

// fill puts the objects of earlier cells that the round mentions into its scope.
func (c *cell) fill() {
	for _, d := range c.pass.file.Decls {
		if c.pass.owner[d] == nil {
			identsOf(func(id *ast.Ident) { c.insert(id.Name, nil) }, d)
		}
	}
	for _, d := range c.pass.owner {
		for _, u := range slices.Concat(d.sig, d.body) {
			c.insert(u.name, u.obj)
		}
		if d.kind == methodDecl {
			c.insert(d.owner, nil)
		}
	}
	for id, name := range c.earlier {
		c.insertEarlier(id.Name, name)
	}
}

// insert makes name visible unless the round declares it. was is what it meant to a
// declaration of an earlier cell, whose imports stay as they were.
func (c *cell) insert(name string, was types.Object) {
	if c.plan.names[name] {
		return
	}
	scope := c.pass.pkg.Scope()
	if scope.Lookup(name) != nil {
		return
	}
	if p, ok := was.(*types.PkgName); ok {
		scope.Insert(types.NewPkgName(token.NoPos, c.pass.pkg, name, p.Imported()))
		return
	}
	if obj := c.lookup(name); obj != nil {
		scope.Insert(obj)
	}
}

// lookup returns what a name of an earlier cell, an import, or a predeclared name means.
func (c *cell) lookup(name string) types.Object {
	b := c.named[name]
	if b == nil {
		b = c.s.names[name]
	}
	switch {
	case b != nil && b.pkg != nil:
		return types.NewPkgName(token.NoPos, c.pass.pkg, name, b.pkg)
	case b != nil:
		return b.obj
	}
	switch name {
	case intName, anyName, showFunc:
		return c.s.prelude(name)
	case "ctx":
		return c.s.context()
	}
	if ast.IsExported(name) {
		for _, dots := range [][]*types.Package{c.dots, c.s.dots} {
			for _, pkg := range dots {
				if obj := pkg.Scope().Lookup(name); obj != nil {
					return obj
				}
			}
		}
	}
	return nil
}

func sorted(m map[string]*decl) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// insertEarlier makes the version of a name before this cell visible under a hidden name.
func (c *cell) insertEarlier(hidden, name string) {
	scope := c.pass.pkg.Scope()
	if scope.Lookup(hidden) != nil || c.pass.retyped[name] != nil {
		return
	}
	var proxy types.Object
	switch obj := c.lookup(name).(type) {
	case *types.Var:
		proxy = types.NewVar(token.NoPos, c.pass.pkg, hidden, obj.Type())
	case *types.Const:
		proxy = types.NewConst(token.NoPos, c.pass.pkg, hidden, obj.Type(), obj.Val())
	case *types.TypeName:
		proxy = types.NewTypeName(token.NoPos, c.pass.pkg, hidden, obj.Type())
	case *types.Func:
		proxy = types.NewFunc(token.NoPos, c.pass.pkg, hidden, obj.Signature())
	case *types.PkgName:
		proxy = types.NewPkgName(token.NoPos, c.pass.pkg, hidden, obj.Imported())
	default:
		panic(fmt.Sprintf("session: no earlier version of %s", name))
	}
	scope.Insert(proxy)
}
