package session

import (
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// cell is one compilation. It is discarded on an error; nothing of the session changes before
// it was checked.
type cell struct {
	s      *Session
	src    *source
	pieces *pieces
	diags  []Diag

	imports []*ast.ImportSpec
	decls   []*decl         // types, functions, methods, constants in source order
	items   []*item         // variables and statements in source order
	vars    map[string]bool // names of variables
	inits   []*ast.FuncDecl // init functions
	blanks  []*ast.FuncDecl // functions named _
	body    *ast.FuncDecl   // holds the statements

	whole      bool // has a package clause
	sequential bool // has statements: variables are initialised in source order

	named map[string]*binding // imports of the cell by name
	added []*types.Package    // imports that the cell forgot
	dots  []*types.Package    // dot imports of the cell

	// What rounds of checking found out; it only grows.
	fresh   map[string]bool       // functions and methods that cannot keep their identity
	changed map[string]bool       // names that mean something else now
	failed  map[*decl]failure     // dependents that no longer compile
	earlier map[*ast.Ident]string // identifiers that mean the version before this cell
	void    bool                  // the trailing expression has no value

	scopes map[ast.Node]*types.Scope // filled in for completion and help only

	plan *plan
	pass *pass

	steps  [][]*types.Var // variables initialised by each step
	counts bool           // the cell has a step counter
}

// failure is why a dependent no longer compiles.
type failure struct {
	pos token.Position
	msg string
}

// item is something that runs in order: variables with their values, or a statement.
type item struct {
	spec *ast.ValueSpec
	stmt ast.Stmt
	show ast.Expr // the trailing expression, if the statement is one
}

func (s *Session) newCell(n int, text string) *cell {
	text = strings.TrimPrefix(text, "\ufeff")
	return &cell{
		s: s, src: &source{n: n, text: []byte(text)},
		vars: map[string]bool{}, named: map[string]*binding{},
		fresh: map[string]bool{}, changed: map[string]bool{},
		failed: map[*decl]failure{}, earlier: map[*ast.Ident]string{},
	}
}

// offset returns the offset within the cell of a position in one of its texts.
func (c *cell) offset(pos token.Pos) int {
	p := c.s.fset.Position(pos)
	offset := 0
	for line := 1; line < p.Line; line++ {
		i := slices.Index(c.src.text[offset:], '\n')
		if i < 0 {
			return len(c.src.text)
		}
		offset += i + 1
	}
	return min(offset+p.Column-1, len(c.src.text))
}

// between returns the text of a node.
func (c *cell) between(n ast.Node) string {
	from, to := c.offset(n.Pos()), c.offset(n.End())
	if from >= to {
		return ""
	}
	return string(c.src.text[from:to])
}

// tokens returns the text of a node without comments and layout.
func (c *cell) tokens(n ast.Node) string {
	text := []byte(c.between(n))
	file := token.NewFileSet().AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	var b strings.Builder
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return b.String()
		}
		if tok == token.SEMICOLON {
			lit = ";"
		}
		if lit == "" {
			lit = tok.String()
		}
		b.WriteString(lit)
		b.WriteByte(' ')
	}
}

// find returns the cell's own declaration of a type, function or method.
func (c *cell) find(name string) *decl {
	for _, d := range c.decls {
		if d.kind != constDecl && d.name == name {
			return d
		}
	}
	return nil
}

// owns tells whether the cell itself declares a package-level name.
func (c *cell) owns(name string) bool {
	for _, d := range c.decls {
		if slices.Contains(d.names, name) {
			return true
		}
	}
	return c.declared(name)
}

func (c *cell) fail(pos token.Pos, msg string) {
	c.diags = append(c.diags, c.s.diag(c.s.fset.Position(pos), msg))
}

func (c *cell) failOffset(offset int, msg string) {
	c.diags = append(c.diags, c.s.diag(c.src.position(offset), msg))
}

// position returns the line and column of an offset.
func (s *source) position(offset int) token.Position {
	offset = min(max(offset, 0), len(s.text))
	head := s.text[:offset]
	line, start := 1, 0
	for i, b := range head {
		if b == '\n' {
			line, start = line+1, i+1
		}
	}
	return token.Position{Filename: s.name(), Offset: offset, Line: line, Column: offset - start + 1}
}

// hidden is a name that no cell can spell, for another version of name.
func (c *cell) hidden(name string) string { return fmt.Sprintf("%s%s%d", name, mark, c.src.n) }
