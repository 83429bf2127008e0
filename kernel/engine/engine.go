package engine

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
)

// Engine is a persistent program to which cells are added. Its methods may be
// called from several goroutines.
type Engine struct {
	cfg Config
}

// Unit is one loaded package.
type Unit struct {
	Pkg *types.Package
}

// New returns an engine without cells.
func New(cfg Config) *Engine {
	if cfg.MaxDepth == 0 {
		cfg.MaxDepth = defaultMaxDepth
	}
	if cfg.MaxAlloc == 0 {
		cfg.MaxAlloc = defaultMaxAlloc
	}
	return &Engine{cfg: cfg}
}

var errNotBuilt = errors.New("engine: not built")

// Import returns the types of a native package; it makes Engine a types.Importer.
func (e *Engine) Import(path string) (*types.Package, error) { return nil, errNotBuilt }

// Share makes newVar, a package-level variable of a package not yet loaded, use
// the storage of oldVar. Their types must be identical.
func (e *Engine) Share(newVar, oldVar *types.Var) {}

// Load adds a checked package. The package-level variables get storage (zero, or
// shared), the functions code. Nothing runs: call the package's functions, its
// initialiser among them (Unit.Init), with Run.
func (e *Engine) Load(
	fset *token.FileSet, pkg *types.Package, info *types.Info, files []*ast.File,
) (*Unit, error) {
	return nil, errNotBuilt
}

// Redirect makes all calls of from, also through stored func values, method
// values and interfaces, run the code of to. Their signatures must be identical.
func (e *Engine) Redirect(from, to *types.Func) {}

// RunInit runs the initialiser of a loaded package: its package-level variables
// in the order of info.InitOrder and then its init functions.
func (e *Engine) RunInit(x *Exec, u *Unit) error { return errNotBuilt }

// Run calls a function without parameters on the calling goroutine and returns
// when it does. The error is a *Panic, an *ExitError or ErrInterrupted.
func (e *Engine) Run(x *Exec, fn *types.Func) error { return errNotBuilt }

// Var returns the addressable storage of a loaded package-level variable.
func (e *Engine) Var(v *types.Var) reflect.Value { return reflect.Value{} }

// TypeOf returns the run-time type of t.
func (e *Engine) TypeOf(t types.Type) reflect.Type { return nil }
