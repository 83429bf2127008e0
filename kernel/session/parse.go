package session

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// Names that no cell can spell: the dot is not a letter.
const (
	mark     = "·"
	cellFunc = "cell" + mark // runs the statements of a cell
	outVar   = "out" + mark  // values of the trailing expression
	progVar  = "prog" + mark // number of initialisers that ran
	showFunc = "show" + mark // packs values
)

// source is the text of one cell.
type source struct {
	n    int
	text []byte // without byte order mark
}

// name is what positions call the cell: In[n], also where n is not the front end's.
func (s *source) name() string { return fmt.Sprintf("In[%d]", counted(s.n)) }

// parse reads the cell into declarations and items. The texts have the cell's length and
// start with a line directive, so every node has the line and column of the cell.
func (c *cell) parse() {
	p := split(c.src.text)
	c.pieces = p
	for _, f := range p.faults {
		c.failOffset(f.offset, f.msg)
	}
	for i := len(p.open) - 1; i >= 0 && len(p.faults) == 0; i-- {
		c.failOffset(p.open[i].offset, fmt.Sprintf("%s is never closed", p.open[i].tok))
	}
	if len(c.diags) > 0 {
		return
	}
	c.whole = p.clause.to > 0
	line := "/*line " + c.src.name() + ":1:1*/"
	top := "package main;" + line
	if len(p.imports) > 0 {
		if f := c.parseText(p.only(top, p.imports, ""), len(top)); f != nil {
			c.imports = f.Imports
		}
	}
	if len(p.funcs) > 0 {
		if f := c.parseText(p.only(top, p.funcs, ""), len(top)); f != nil {
			for _, d := range f.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok {
					c.addFunc(fd)
				}
			}
		}
	}
	within := "package main;func _(){" + line
	if f := c.parseText(p.body(within, "\n}"), len(within)); f != nil {
		c.body = f.Decls[0].(*ast.FuncDecl)
		c.addBody(c.body.Body.List)
	}
}

// parseText parses a text that has the cell's from byte start on.
func (c *cell) parseText(text []byte, start int) *ast.File {
	mode := parser.ParseComments | parser.SkipObjectResolution
	f, err := parser.ParseFile(c.s.fset, c.src.name(), text, mode)
	if err == nil {
		return f
	}
	list, ok := err.(scanner.ErrorList)
	if !ok {
		c.failOffset(0, err.Error())
		return nil
	}
	for _, e := range list {
		offset := e.Pos.Offset - start
		if end := len(c.src.text); offset >= end {
			offset = end
			e.Msg = strings.Replace(e.Msg, "found '}'", "found end of cell", 1)
			e.Msg = strings.Replace(e.Msg, "found newline", "found end of cell", 1)
		}
		c.failOffset(offset, e.Msg)
	}
	return nil
}

func (c *cell) addFunc(f *ast.FuncDecl) {
	switch {
	case f.Body == nil:
		c.pieces.bodiless = append(c.pieces.bodiless, f)
	case f.Recv == nil && f.Name.Name == "init":
		f.Name.Name = fmt.Sprintf("init%s%d", mark, len(c.inits))
		c.inits = append(c.inits, f)
	case f.Recv == nil && f.Name.Name == "_":
		c.blanks = append(c.blanks, f)
	default:
		c.decls = append(c.decls, newFunc(f, c.src.n))
	}
}

// addBody sorts the statements of the cell into declarations and items.
func (c *cell) addBody(list []ast.Stmt) {
	last := len(list) - 1
	for last >= 0 && !runs(list[last]) {
		last--
	}
	for i, stmt := range list {
		for {
			l, ok := stmt.(*ast.LabeledStmt)
			if !ok || !standsAlone(l.Stmt) && i != last {
				break
			}
			stmt = l.Stmt
			l.Stmt = &ast.EmptyStmt{Semicolon: l.Colon, Implicit: true}
			c.addStmt(l)
		}
		switch s := stmt.(type) {
		case *ast.EmptyStmt:
		case *ast.DeclStmt:
			c.addDecl(s.Decl.(*ast.GenDecl))
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				c.sequential = true
				c.addDefine(s)
				continue
			}
			c.addStmt(stmt)
		case *ast.ExprStmt:
			c.addStmt(stmt)
			if i == last && !c.pieces.hushed(c.offset(s.End())) {
				c.items[len(c.items)-1].show = s.X
			}
		default:
			c.addStmt(stmt)
		}
	}
}

func (c *cell) addStmt(s ast.Stmt) {
	c.sequential = true
	c.items = append(c.items, &item{stmt: s})
}

// runs tells a statement from a declaration of types or constants.
func runs(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.EmptyStmt:
		return !s.Implicit
	case *ast.DeclStmt:
		return s.Decl.(*ast.GenDecl).Tok == token.VAR
	}
	return true
}

// standsAlone tells what a label is taken from: what becomes a declaration, or the value.
func standsAlone(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.DeclStmt, *ast.ExprStmt:
		return true
	case *ast.LabeledStmt:
		return standsAlone(s.Stmt)
	case *ast.AssignStmt:
		return s.Tok == token.DEFINE
	}
	return false
}

func (c *cell) addDecl(g *ast.GenDecl) {
	switch g.Tok {
	case token.CONST:
		d := newConsts(g, c.src.n)
		c.decls = append(c.decls, d)
	case token.TYPE:
		for _, s := range g.Specs {
			spec := s.(*ast.TypeSpec)
			doc := spec.Doc
			if doc == nil {
				doc = g.Doc
			}
			c.decls = append(c.decls, newType(doc, spec, c.tokens(spec), c.src.n))
		}
	case token.VAR:
		for _, s := range g.Specs {
			c.addVars(s.(*ast.ValueSpec))
		}
	}
}

// addDefine turns x, y := e into var x, y = e. Names that the cell has declared before are
// assigned to, as in Go.
func (c *cell) addDefine(s *ast.AssignStmt) {
	spec := &ast.ValueSpec{Values: s.Rhs}
	after := &ast.AssignStmt{TokPos: s.TokPos, Tok: token.ASSIGN}
	fresh := 0
	pairs := len(s.Lhs) == len(s.Rhs)
	if pairs {
		spec.Values = nil
	}
	for i, x := range s.Lhs {
		id, ok := x.(*ast.Ident)
		if !ok {
			c.fail(x.Pos(), fmt.Sprintf("non-name %s on left side of :=", c.between(x)))
			return
		}
		old := id.Name != "_" && c.declared(id.Name)
		if !old && id.Name != "_" {
			fresh++
		}
		switch {
		case old && pairs:
			after.Lhs, after.Rhs = append(after.Lhs, id), append(after.Rhs, s.Rhs[i])
			continue
		case old:
			tmp := fmt.Sprintf("%s%s%d", id.Name, mark, len(c.items))
			after.Lhs = append(after.Lhs, id)
			after.Rhs = append(after.Rhs, &ast.Ident{NamePos: id.Pos(), Name: tmp})
			id = &ast.Ident{NamePos: id.Pos(), Name: tmp}
		}
		spec.Names = append(spec.Names, id)
		if pairs {
			spec.Values = append(spec.Values, s.Rhs[i])
		}
	}
	if fresh == 0 {
		c.fail(s.TokPos, "no new variables on left side of :=")
		return
	}
	c.addVars(spec)
	if len(after.Lhs) > 0 {
		c.items = append(c.items, &item{stmt: after})
	}
}

func (c *cell) addVars(spec *ast.ValueSpec) {
	c.items = append(c.items, &item{spec: spec})
	for _, id := range spec.Names {
		c.vars[id.Name] = true
	}
}

// declared tells whether the cell has declared a variable so far.
func (c *cell) declared(name string) bool { return c.vars[name] }
