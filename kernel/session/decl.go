package session

import (
	"go/ast"
	"go/token"
	"go/types"
)

// binding is the live version of a name.
type binding struct {
	obj     types.Object   // *types.PkgName for an import
	decl    *decl          // of a type, function or constant
	storage *types.Var     // whose memory a variable uses
	types   []string       // types of cells that the type of a variable mentions
	cell    int            // where it was declared
	given   bool           // predeclared: never shared, never retyped
	pkg     *types.Package // of an import
}

type kind uint8

const (
	funcDecl kind = iota
	methodDecl
	typeDecl
	constDecl
)

// decl is a declaration that can be compiled again: a function, a method, a type, or a group
// of constants.
type decl struct {
	kind    kind
	name    string   // T.M for a method
	owner   string   // T of a method
	names   []string // that it binds; none for a method
	node    ast.Decl // *ast.FuncDecl, or *ast.GenDecl with one type or a group of constants
	text    string   // tokens of a type, to tell an unchanged one
	cell    int
	generic bool
	fn      *types.Func      // of a function or method: its identity
	sig     []use            // names in the signature, the type, or the constants
	body    []use            // names only in the body
	methods map[string]*decl // of a type
}

// use is a name that a declaration mentions, and what it meant.
type use struct {
	name string
	obj  types.Object
}

func (d *decl) fun() *ast.FuncDecl { return d.node.(*ast.FuncDecl) }

// mentions tells whether name occurs in the signature, the type, or the constants.
func mentions(uses []use, name string) bool {
	for _, u := range uses {
		if u.name == name {
			return true
		}
	}
	return false
}

// newFunc makes the declaration of a function or method.
func newFunc(f *ast.FuncDecl, cell int) *decl {
	d := &decl{kind: funcDecl, name: f.Name.Name, node: f, cell: cell}
	if f.Recv == nil {
		d.names = []string{d.name}
		d.generic = f.Type.TypeParams != nil
		return d
	}
	base, params := receiver(f)
	d.kind, d.owner, d.generic = methodDecl, base, params
	d.name = base + "." + f.Name.Name
	return d
}

// receiver returns the name of the receiver's type, and whether it has type parameters.
func receiver(f *ast.FuncDecl) (base string, generic bool) {
	if len(f.Recv.List) == 0 {
		return "", false
	}
	x := ast.Unparen(f.Recv.List[0].Type)
	if star, ok := x.(*ast.StarExpr); ok {
		x = ast.Unparen(star.X)
	}
	switch y := x.(type) {
	case *ast.IndexExpr:
		x, generic = y.X, true
	case *ast.IndexListExpr:
		x, generic = y.X, true
	}
	if id, ok := x.(*ast.Ident); ok {
		return id.Name, generic
	}
	return "", generic
}

// newType makes the declaration of one type.
func newType(doc *ast.CommentGroup, spec *ast.TypeSpec, text string, cell int) *decl {
	node := &ast.GenDecl{Doc: doc, TokPos: spec.Pos(), Tok: token.TYPE, Specs: []ast.Spec{spec}}
	return &decl{
		kind: typeDecl, name: spec.Name.Name, names: []string{spec.Name.Name}, node: node,
		text: text, cell: cell, generic: spec.TypeParams != nil, methods: map[string]*decl{},
	}
}

// newConsts makes the declaration of a group of constants.
func newConsts(g *ast.GenDecl, cell int) *decl {
	d := &decl{kind: constDecl, name: "const", node: g, cell: cell}
	for _, s := range g.Specs {
		for _, id := range s.(*ast.ValueSpec).Names {
			if id.Name != "_" {
				d.names = append(d.names, id.Name)
			}
		}
	}
	return d
}

// identsOf calls f with every identifier below the nodes.
func identsOf(f func(*ast.Ident), nodes ...ast.Node) {
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				f(id)
			}
			return true
		})
	}
}
