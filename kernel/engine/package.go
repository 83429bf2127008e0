package engine

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

// Packages without compiled values may be run from source. They are checked by who
// supplies them, built here when code first mentions them, and initialised, in the order
// of their imports, before the next cell runs.

// Sources is what Packages may also implement, to have packages run from source.
type Sources interface {
	// Checked returns what is needed to build a package that Types returned, once;
	// false if it is a compiled one.
	Checked(pkg *types.Package) (*Checked, bool)
}

// Checked is a package with its syntax and what the type checker found out.
type Checked struct {
	Fset  *token.FileSet
	Info  *types.Info
	Files []*ast.File

	// Prepare, if not nil, sets variables before the initialisers run. It is given
	// their addressable storage.
	Prepare func(value func(*types.Var) reflect.Value) error
}

// NewInfo returns the maps that the type checker must fill for a package to be built.
func NewInfo() *types.Info { return newInfo() }

// unstarted is a built package whose initialiser has not run.
type unstarted struct {
	pkg     *types.Package
	ssa     *ssa.Package
	prepare func(value func(*types.Var) reflect.Value) error
}

// startup are the packages from source of which none has been initialised yet.
type startup struct {
	waiting []unstarted // guarded by Engine.mu, imported ones before importing ones
	failed  map[*types.Package]unstarted
}

// Use makes the packages from source among pkgs ready to run, even if no code of a cell
// mentions them: an import for its effects.
func (e *Engine) Use(pkgs ...*types.Package) (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("engine: %v", r)
		}
	}()
	for _, pkg := range pkgs {
		e.declare(pkg)
	}
	return nil
}

// declareSource builds a package that is run from source; e.mu is held.
func (e *Engine) declareSource(pkg *types.Package) bool {
	table, ok := e.cfg.Packages.(Sources)
	if !ok {
		return false
	}
	c, ok := table.Checked(pkg)
	if !ok {
		return false
	}
	p := e.build(c.Fset, pkg, c.Info, c.Files)
	e.start.waiting = append(e.start.waiting, unstarted{pkg, p, c.Prepare})
	return true
}

// retry lets a package whose initialiser failed start again; e.mu is held.
func (e *Engine) retry(pkg *types.Package) {
	if u, ok := e.start.failed[pkg]; ok {
		delete(e.start.failed, pkg)
		e.start.waiting = append(e.start.waiting, u)
	}
}

// initialise starts the packages that were built since the last cell.
func (e *Engine) initialise(x *Exec) error {
	for {
		e.mu.Lock()
		if len(e.start.waiting) == 0 {
			e.mu.Unlock()
			return nil
		}
		u := e.start.waiting[0]
		e.start.waiting = e.start.waiting[1:]
		e.mu.Unlock()
		if err := e.startPackage(x, u); err != nil {
			return err
		}
	}
}

// startPackage initialises one package. If that fails the package starts again when the
// next cell mentions it.
func (e *Engine) startPackage(x *Exec, u unstarted) (err error) {
	if u.prepare != nil {
		err = u.prepare(e.Var)
	}
	if err == nil {
		err = e.run(x, e.function(u.ssa.Func("init")))
	}
	if err == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if guard := u.ssa.Var("init$guard"); guard != nil {
		*(*bool)(e.global(guard)) = false
	}
	if e.start.failed == nil {
		e.start.failed = map[*types.Package]unstarted{}
	}
	e.start.failed[u.pkg] = u
	return err
}
