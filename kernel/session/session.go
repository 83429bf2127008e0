package session

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"sync"

	"cliplab/kernel/engine"
)

// Options say what a session may use. The zero value has no compiled packages.
type Options struct {
	Packages engine.Packages // compiled packages, one table per session
	Paths    func() []string // what can be imported, to name remedies; may be nil
	// Docs is the doc comment of a symbol of a compiled package: a name, T.M for a method or
	// field, "" for the package; may be nil.
	Docs     func(path, symbol string) string
	MaxDepth int   // see engine.Config
	MaxAlloc int64 // see engine.Config
}

// Session is the state that cells build up. Execute may be called by one goroutine at a time;
// goroutines of earlier cells run on.
type Session struct {
	opts   Options
	engine *engine.Engine
	fset   *token.FileSet

	mu      sync.Mutex // compiling
	n       int        // the last cell
	running bool       // the code of a cell runs
	sources map[int]*source
	names   map[string]*binding
	dots    []*types.Package
	users   map[string]map[*decl]bool  // declarations by the names that they mention
	typed   map[string]map[string]bool // variables by the types that their types mention
	orphans map[string]bool            // variables that code mentions and no cell has reached

	given     map[string]types.Object // hidden names that every cell may mention
	uncounted int                     // cells without a number

	ctx *types.Var // context of the running cell, once a cell mentions it
}

// New returns a session in which nothing has been declared.
func New(o Options) *Session {
	s := &Session{
		opts: o, fset: token.NewFileSet(), sources: map[int]*source{},
		names: map[string]*binding{}, users: map[string]map[*decl]bool{},
		typed: map[string]map[string]bool{}, orphans: map[string]bool{},
	}
	s.engine = engine.New(engine.Config{
		Packages: o.Packages, MaxDepth: o.MaxDepth, MaxAlloc: o.MaxAlloc,
	})
	return s
}

// Engine is the machine that runs the cells.
func (s *Session) Engine() *engine.Engine { return s.engine }

// Names of types that cells cannot shadow.
const (
	intName = "int" + mark
	anyName = "any" + mark
)

// prelude returns an object under a name that no cell can spell.
func (s *Session) prelude(name string) types.Object {
	if s.given == nil {
		pkg, info, err := s.declare(`package main; func show(v ...any) []any { return v }`)
		if err != nil {
			panic(fmt.Sprintf("session: prelude: %v", err))
		}
		s.given = map[string]types.Object{
			intName: types.NewTypeName(token.NoPos, pkg, intName, types.Typ[types.Int]),
			anyName: types.NewTypeName(token.NoPos, pkg, anyName, types.Universe.Lookup("any").Type()),
		}
		for id, obj := range info.Defs {
			if id.Name == showFunc {
				s.given[showFunc] = obj
			}
		}
	}
	return s.given[name]
}

// context returns the predeclared variable ctx, nil if there is no package context.
func (s *Session) context() types.Object {
	if s.ctx == nil {
		pkg, _, err := s.declare(`package main; import "context"; var ctx context.Context`)
		if err != nil {
			return nil
		}
		s.ctx = pkg.Scope().Lookup("ctx").(*types.Var)
		s.names["ctx"] = &binding{obj: s.ctx, given: true}
	}
	return s.ctx
}

// declare loads code of the session's own. The function show gets its hidden name.
func (s *Session) declare(text string) (*types.Package, *types.Info, error) {
	file, err := parser.ParseFile(s.fset, "session", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			f.Name.Name = showFunc
		}
	}
	pkg := types.NewPackage("main", "main")
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	conf := types.Config{Importer: s.engine}
	if err := types.NewChecker(&conf, s.fset, pkg, info).Files([]*ast.File{file}); err != nil {
		return nil, nil, err
	}
	_, err = s.engine.Load(s.fset, pkg, info, []*ast.File{file})
	return pkg, info, err
}

// setContext tells cells the context of the execution that runs now.
func (s *Session) setContext(x *engine.Exec) {
	if s.ctx != nil {
		s.engine.Var(s.ctx).Set(reflect.ValueOf(cellContext(x)))
	}
}
