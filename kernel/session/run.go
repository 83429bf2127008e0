package session

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"strings"
	"time"

	"cliplab/kernel/engine"
)

// Result is what a cell gives.
type Result struct {
	N        int          // the number of the cell
	Values   []any        // of the trailing expression
	Types    []types.Type // static types of the values
	Warnings []Warning
	Notes    []string      // what the session did by itself, such as adding an import
	Quiet    bool          // the trailing expression is a call of fmt.Print…: show nothing
	Ran      time.Duration // how long the code ran, compiling left out
}

// Execute compiles and runs a cell. The result is never nil; the error is a *CompileError,
// and then the session is as before, or a *RunError, and then what ran before it stays.
func (s *Session) Execute(src string, x *engine.Exec) (*Result, error) {
	return s.execute(Part{Cell: src, Text: src}, x)
}

func (s *Session) execute(p Part, x *engine.Exec) (*Result, error) {
	s.mu.Lock()
	c := s.begin(p, x)
	r := &Result{N: counted(c.src.n)}
	err := c.compileSafely(r)
	if err != nil {
		if added := c.missing(); len(added) > 0 {
			c, err = c.again(added, r)
		}
	}
	if err == nil {
		s.setContext(x)
		s.running = len(c.items) > 0 || len(c.inits) > 0 || c.find("main") != nil
	}
	runs := s.running
	s.mu.Unlock()
	if err != nil || !runs {
		return r, err
	}
	fn := c.pass.info.Defs[c.function().Name].(*types.Func)
	start := time.Now()
	err = s.engine.Run(x, fn)
	r.Ran = time.Since(start)
	s.engine.Retire(fn)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = false
	c.commitVars()
	if err != nil {
		return r, s.runError(err)
	}
	c.values(r)
	return r, nil
}

// number is the number of the next cell: what the front end counts, where that is new, else one
// more than the last. Cells that the front end does not count have numbers of their own.
func (s *Session) number(wanted int) int {
	switch {
	case wanted < 0:
		s.uncounted++
		return uncounted + s.uncounted
	case wanted > s.n:
		s.n = wanted
	default:
		s.n++
	}
	return s.n
}

// uncounted is below all numbers of cells that no front end counts, as of silent requests.
const uncounted = 1 << 30

// compileSafely makes a panic of the compiler an error of the cell.
func (c *cell) compileSafely(r *Result) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			c.failOffset(0, fmt.Sprintf("session: the compiler failed on this cell: %v", fault))
			err = c.compileError()
		}
	}()
	return c.compile(r)
}

// compile takes a cell from its text to code and commits its declarations.
func (c *cell) compile(r *Result) error {
	c.parse()
	if len(c.diags) == 0 {
		c.importAll()
	}
	if len(c.diags) > 0 {
		return c.compileError()
	}
	if len(c.items)+len(c.decls)+len(c.inits)+len(c.blanks) == 0 {
		c.commitImports()
		r.Warnings = c.warnings()
		return nil
	}
	c.settle()
	if len(c.diags) > 0 {
		return c.compileError()
	}
	c.lower()
	if err := c.load(); err != nil {
		c.failOffset(0, err.Error())
		return c.compileError()
	}
	r.Warnings = c.commit()
	return nil
}

// function is the cell's function, which is assembled last.
func (c *cell) function() *ast.FuncDecl {
	list := c.pass.file.Decls
	return list[len(list)-1].(*ast.FuncDecl)
}

// commitVars makes the variables visible whose initialisers ran.
func (c *cell) commitVars() {
	reached := 0
	scope := c.pass.pkg.Scope()
	if c.counts {
		reached = int(c.s.engine.Var(scope.Lookup(progVar).(*types.Var)).Int())
	}
	for i, step := range c.steps {
		for _, v := range step {
			switch {
			case strings.Contains(v.Name(), mark) || v.Name() == "_":
			case i < reached:
				b := &binding{obj: v, storage: v, cell: c.src.n}
				if old := c.s.names[v.Name()]; c.shares(v, old) {
					b.storage = old.storage
				}
				c.s.bindVar(v.Name(), b)
			case !c.shares(v, c.s.names[v.Name()]):
				c.s.orphans[v.Name()] = true
			}
		}
	}
	if len(c.s.orphans) > 0 && reached < len(c.steps) {
		c.s.adopt()
	}
}

// adopt compiles what mentions variables that were not reached against their live versions.
func (s *Session) adopt() {
	c := s.newCell(0, "")
	for name := range s.orphans {
		if s.names[name] != nil && len(s.users[name]) > 0 {
			c.changed[name] = true
			delete(s.orphans, name)
		}
	}
	if len(c.changed) == 0 {
		return
	}
	c.src.n = s.n
	c.settle()
	if len(c.diags) > 0 {
		return
	}
	c.lower()
	if c.load() == nil {
		c.commit()
	}
}

// values reads the trailing expression.
func (c *cell) values(r *Result) {
	out := c.pass.out
	if out == nil {
		return
	}
	v := c.s.engine.Var(c.pass.pkg.Scope().Lookup(outVar).(*types.Var))
	r.Values, _ = v.Interface().([]any)
	v.SetZero()
	x := out.Rhs[0].(*ast.CallExpr).Args[0]
	switch t := c.pass.info.Types[x].Type.(type) {
	case *types.Tuple:
		for v := range t.Variables() {
			r.Types = append(r.Types, v.Type())
		}
	default:
		r.Types = []types.Type{t}
	}
	if call, ok := x.(*ast.CallExpr); ok {
		r.Quiet = c.prints(call)
	}
}

// prints tells whether a call is one of fmt.Print, Println, Printf and their Fprint kin.
func (c *cell) prints(call *ast.CallExpr) bool {
	var id *ast.Ident
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		id = f.Sel
	case *ast.Ident:
		id = f
	}
	fn, ok := c.pass.info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "fmt" {
		return false
	}
	return strings.HasPrefix(fn.Name(), "Print") || strings.HasPrefix(fn.Name(), "Fprint")
}

// runContext always has the same type, so that goroutines of earlier cells may read ctx
// while the next cell sets it.
type runContext struct{ context.Context }

func cellContext(x *engine.Exec) *runContext { return &runContext{x.Context()} }

func (s *Session) runError(err error) error {
	var exit *engine.ExitError
	var p *engine.Panic
	var stop *engine.Interrupt
	switch {
	case errors.As(err, &stop):
		return s.interruptError(stop)
	case errors.Is(err, engine.ErrInterrupted):
		return &RunError{Name: "interrupted", Value: "interrupted"}
	case errors.As(err, &exit):
		return &RunError{Name: "exit", Value: fmt.Sprint(exit.Code)}
	case errors.As(err, &p):
		return s.panicError(p)
	}
	return &RunError{Name: "error", Value: err.Error()}
}
