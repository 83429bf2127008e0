package engine

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"cliplab/kernel/rtype"
)

// cacheOf is an atomic pointer, under a name short enough for closures.
type cacheOf[T any] = atomic.Pointer[T]

// Engine is a persistent program to which cells are added. Its methods may be
// called from several goroutines.
type Engine struct {
	cfg    Config
	prog   *ssa.Program
	bridge *rtype.Bridge
	mu     sync.Mutex // building SSA and compiling

	funcs   sync.Map // *ssa.Function → *function
	natives sync.Map // *ssa.Function → *native
	methods sync.Map // dynamic type and method → *method
	rtypes  sync.Map // types.Type → reflect.Type
	ttypes  sync.Map // reflect.Type → types.Type
	globals sync.Map // *types.Var or *ssa.Global → unsafe.Pointer
	shared  sync.Map // *types.Var → *types.Var whose storage it uses
	fsets   sync.Map // *types.Package → *token.FileSet
	glue    sync.Map // generic source packages, see source.go

	adopt    sync.Once
	sources  map[*types.Package]*sourcePackage // not yet built ones too
	declared map[*types.Package]int            // names when added, -1 for cells; guarded by mu
	start    startup                           // packages from source, see package.go

	last atomic.Pointer[Exec]
	live atomic.Int32 // goroutines that run interpreted code
	rest rest         // who of them sleeps, see deadlock.go
}

// Unit is one loaded package.
type Unit struct {
	Pkg *types.Package
	ssa *ssa.Package
}

// New returns an engine without cells.
func New(cfg Config) *Engine {
	if cfg.MaxDepth == 0 {
		cfg.MaxDepth = defaultMaxDepth
	}
	if cfg.MaxAlloc == 0 {
		cfg.MaxAlloc = defaultMaxAlloc
	}
	if cfg.Patience == 0 {
		cfg.Patience = defaultPatience
	}
	e := &Engine{cfg: cfg, declared: map[*types.Package]int{},
		sources: map[*types.Package]*sourcePackage{}}
	e.prog = ssa.NewProgram(token.NewFileSet(), ssa.InstantiateGenerics)
	e.bridge = rtype.New(rtype.Config{
		Native: e.nativeType, Unnamed: e.nativeUnnamed, Method: e.bridgeMethod,
	})
	routeLog()
	return e
}

// Import returns the types of a native package; it makes Engine a types.Importer.
func (e *Engine) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if e.cfg.Packages == nil {
		return nil, errorf("no package %q", path)
	}
	e.adoptSources()
	return e.cfg.Packages.Types(path)
}

// Share makes newVar, a package-level variable of a package not yet loaded, use
// the storage of oldVar. Their types must be identical.
func (e *Engine) Share(newVar, oldVar *types.Var) { e.shared.Store(newVar, oldVar) }

// Load adds a checked package. The package-level variables get storage (zero, or
// shared), the functions code. Nothing runs: call RunInit for the initialisers,
// Run for functions. Constructs that cannot run are errors, found here for
// functions of the package.
func (e *Engine) Load(
	fset *token.FileSet, pkg *types.Package, info *types.Info, files []*ast.File,
) (u *Unit, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("engine: cannot load %s: %v", pkg.Path(), r)
		}
	}()
	p := e.build(fset, pkg, info, files)
	return &Unit{Pkg: pkg, ssa: p}, nil
}

// build adds a checked package to the program.
func (e *Engine) build(
	fset *token.FileSet, pkg *types.Package, info *types.Info, files []*ast.File,
) *ssa.Package {
	e.fsets.Store(pkg, fset)
	e.declared[pkg] = -1
	e.declareUses(pkg, info)
	p := e.prog.CreatePackage(pkg, files, info, false)
	p.Build()
	return p
}

// declareUses makes the packages that a cell refers to known to the program.
func (e *Engine) declareUses(pkg *types.Package, info *types.Info) {
	for _, p := range pkg.Imports() {
		e.declare(p)
	}
	for _, obj := range info.Uses {
		if p := obj.Pkg(); p != nil && p != pkg {
			e.declare(p)
		}
	}
	for _, sel := range info.Selections {
		if p := sel.Obj().Pkg(); p != nil && p != pkg {
			e.declare(p)
		}
	}
}

// declare makes a compiled package known, again when it has got more names since:
// its importer completes packages that others mentioned first.
func (e *Engine) declare(pkg *types.Package) {
	n, known := e.declared[pkg]
	if known && (n < 0 || n == pkg.Scope().Len()) {
		e.retry(pkg)
		return
	}
	if !known && e.declareSource(pkg) {
		return
	}
	e.declared[pkg] = pkg.Scope().Len()
	if src, ok := e.sources[pkg]; ok {
		e.declared[pkg] = -1
		e.build(src.fset, pkg, src.info, src.files)
		return
	}
	e.prog.CreatePackage(pkg, nil, nil, true).Build()
}

// Redirect makes all calls of from, also through stored func values, method
// values and interfaces, run the code of to. Their signatures must be identical.
func (e *Engine) Redirect(from, to *types.Func) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f, t := e.prog.FuncValue(from), e.prog.FuncValue(to)
	if f == nil || t == nil {
		return
	}
	e.redirect(e.function(f), e.function(t))
}

// redirect is Redirect for functions; e.mu is held.
func (e *Engine) redirect(f, t *function) {
	for t.target != nil {
		t = t.target
	}
	if f == t {
		return
	}
	f.target = t
	t.aliases = append(t.aliases, f)
	f.follow(t)
}

// follow makes f and its aliases run the code of t once they are called.
func (f *function) follow(t *function) {
	f.body.Store(nil)
	for _, a := range f.aliases {
		a.target = t
		a.body.Store(nil)
		t.aliases = append(t.aliases, a)
	}
	f.aliases = nil
}

// prepare compiles the code of f.
func (f *function) prepare() *body {
	f.e.mu.Lock()
	defer f.e.mu.Unlock()
	return f.prepareLocked()
}

func (f *function) prepareLocked() *body {
	if b := f.body.Load(); b != nil {
		return b
	}
	var b *body
	switch {
	case f.target != nil:
		b = f.target.prepareLocked()
	case f.make != nil:
		b = f.make(f)
	case f.ssa.Blocks != nil && !f.e.hasNative(f.ssa):
		b = f.e.compile(f)
	default:
		b = f.e.external(f)
	}
	f.body.Store(b)
	return b
}

// external returns the code of a function that has none in SSA.
func (e *Engine) external(f *function) *body {
	if n := e.nativeOf(f.ssa); n != nil {
		return n.body(f)
	}
	if t := e.fromSource(f.ssa); t != nil {
		return t.prepareLocked()
	}
	if f.ssa.Name() == "init" { // the compiled package is initialised
		return synthetic(f, nil, nil, nil, func(_, _, _ []uintptr) op { return func(*frame) {} })
	}
	panic(errorf("%s has no code", f.ssa))
}

// function returns the callable for an SSA function.
func (e *Engine) function(fn *ssa.Function) *function {
	if f, ok := e.funcs.Load(fn); ok {
		return f.(*function)
	}
	f := &function{e: e, ssa: fn, name: funcName(fn), sig: e.rtype(fn.Signature)}
	got, _ := e.funcs.LoadOrStore(fn, f)
	return got.(*function)
}

// RunInit runs the initialiser of a loaded package: its package-level variables
// in the order of info.InitOrder and then its init functions.
func (e *Engine) RunInit(x *Exec, u *Unit) error {
	if err := e.initialise(x); err != nil {
		return err
	}
	return e.run(x, e.function(u.ssa.Func("init")))
}

// Run calls a function without parameters and returns when it does, or soon after an
// interrupt. The error is a *Panic, an *ExitError or an *Interrupt.
func (e *Engine) Run(x *Exec, fn *types.Func) error {
	e.mu.Lock()
	f := e.prog.FuncValue(fn)
	e.mu.Unlock()
	if f == nil {
		return errorf("%s is not loaded", fn.FullName())
	}
	if err := e.initialise(x); err != nil {
		return err
	}
	return e.run(x, e.function(f))
}

func (e *Engine) lastExec() *Exec {
	if x := e.last.Load(); x != nil {
		return x
	}
	return background()
}

// Var returns the addressable storage of a loaded package-level variable.
func (e *Engine) Var(v *types.Var) reflect.Value {
	return reflect.NewAt(e.rtype(v.Type()), e.varStorage(v)).Elem()
}

// varStorage returns the memory of a package-level variable.
func (e *Engine) varStorage(v *types.Var) unsafe.Pointer {
	for {
		old, ok := e.shared.Load(v)
		if !ok {
			break
		}
		v = old.(*types.Var)
	}
	if p, ok := e.globals.Load(v); ok {
		return p.(unsafe.Pointer)
	}
	p := e.nativeVar(v)
	if p == nil {
		p = reflect.New(e.rtype(v.Type())).UnsafePointer()
	}
	got, _ := e.globals.LoadOrStore(v, p)
	return got.(unsafe.Pointer)
}

// nativeVar returns the address of a compiled variable, nil if v is none.
func (e *Engine) nativeVar(v *types.Var) unsafe.Pointer {
	if e.cfg.Packages == nil || v.Pkg() == nil {
		return nil
	}
	ns, ok := e.cfg.Packages.Natives(v.Pkg().Path())
	if !ok {
		return nil
	}
	if p, ok := ns.Vars[v.Name()]; ok {
		return p.UnsafePointer()
	}
	return nil
}

// global returns the memory of an SSA global.
func (e *Engine) global(g *ssa.Global) unsafe.Pointer {
	if v, ok := g.Object().(*types.Var); ok {
		return e.varStorage(v)
	}
	if p, ok := e.globals.Load(g); ok {
		return p.(unsafe.Pointer)
	}
	p, _ := e.globals.LoadOrStore(g, reflect.New(e.rtype(deref(g.Type()))).UnsafePointer())
	return p.(unsafe.Pointer)
}

// Retire drops the code of a function that will not be called again, as that of a cell that
// has run, and of the initialiser of its package. Calls in flight go on.
func (e *Engine) Retire(fn *types.Func) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.prog.FuncValue(fn)
	if f == nil {
		return
	}
	for _, f := range []*ssa.Function{f, f.Pkg.Func("init")} {
		if f != nil {
			f.Blocks, f.Locals = nil, nil
			e.funcs.Delete(f)
		}
	}
}
