package engine

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Generic functions of compiled packages have no compiled code. Their source is
// checked and built as a second package that cells never see; an instance of
// such a function is then that instance of its twin in the second package.

// Packages that have no compiled values at all come as source only.

// sourcePackage is a checked package of which code is built when it is used.
type sourcePackage struct {
	fset  *token.FileSet
	info  *types.Info
	files []*ast.File
}

// sourceOnly are the packages of generic functions, in an order in which each
// imports earlier ones.
var sourceOnly = [...]string{"cmp", "iter", "slices", "maps"}

// adoptSources checks the packages that come as source only, before any package
// that mentions them is imported.
func (e *Engine) adoptSources() {
	e.adopt.Do(func() {
		table, ok := e.cfg.Packages.(interface{ Adopt(*types.Package) })
		if !ok {
			return
		}
		for _, path := range sourceOnly {
			files, ok := e.cfg.Packages.Source(path)
			if !ok {
				continue
			}
			pkg, src, err := e.checkSource(path, files)
			if err != nil {
				panic(err)
			}
			e.mu.Lock()
			e.sources[pkg] = src
			e.mu.Unlock()
			table.Adopt(pkg)
		}
	})
}

// twin is the source package behind a compiled one.
type twin struct {
	pkg *types.Package
	err error
}

// fromSource returns the interpreted twin of a generic instance, or nil.
func (e *Engine) fromSource(fn *ssa.Function) *function {
	obj, ok := fn.Object().(*types.Func)
	if !ok || obj.Pkg() == nil {
		return nil
	}
	tw := e.twinOf(obj.Pkg().Path())
	if tw == nil {
		return nil
	}
	if tw.err != nil {
		panic(tw.err)
	}
	if f := e.twinFunc(tw.pkg, obj, fn); f != nil {
		return e.function(f)
	}
	return nil
}

// twinOf loads the source package of a path; e.mu is held.
func (e *Engine) twinOf(path string) *twin {
	if t, ok := e.glue.Load(path); ok {
		return t.(*twin)
	}
	if e.cfg.Packages == nil {
		return nil
	}
	files, ok := twinSource(path)
	if !ok {
		files, ok = e.cfg.Packages.Source(path)
	}
	if !ok {
		return nil
	}
	t := &twin{}
	t.pkg, t.err = e.buildSource(path, files)
	e.glue.Store(path, t)
	return t
}

func (e *Engine) buildSource(path string, files map[string][]byte) (*types.Package, error) {
	pkg, src, err := e.checkSource(path, files)
	if err == nil {
		e.build(src.fset, pkg, src.info, src.files)
	}
	return pkg, err
}

func (e *Engine) checkSource(
	path string, files map[string][]byte,
) (*types.Package, *sourcePackage, error) {
	src := &sourcePackage{fset: token.NewFileSet(), info: newInfo()}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := parser.ParseFile(src.fset, path+"/"+name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		src.files = append(src.files, f)
	}
	var first error
	conf := types.Config{Importer: importFunc(e.importRaw), Error: func(err error) {
		if first == nil && !strings.Contains(err.Error(), "imported and not used") {
			first = err
		}
	}}
	pkg, _ := conf.Check(path, src.fset, src.files, src.info)
	if first != nil {
		return nil, nil, fmt.Errorf("engine: source of %s: %w", path, first)
	}
	return pkg, src, nil
}

type importFunc func(path string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

// importRaw is Import while the source packages are being adopted.
func (e *Engine) importRaw(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return e.cfg.Packages.Types(path)
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		FileVersions: map[*ast.File]string{},
	}
}

// twinFunc finds the function of the twin package that stands for fn. Only
// go/ssa's builder makes instances, so a package of one line asks for it:
// var F = twin.Name[T0, T1].
func (e *Engine) twinFunc(pkg *types.Package, obj *types.Func, fn *ssa.Function) *ssa.Function {
	targs := fn.TypeArgs()
	if obj.Signature().Recv() != nil {
		return e.twinMethod(pkg, obj, targs)
	}
	other, ok := pkg.Scope().Lookup(obj.Name()).(*types.Func)
	if !ok {
		return nil
	}
	if len(targs) == 0 {
		return e.prog.FuncValue(other)
	}
	return e.instance(other, targs)
}

// instance returns an instance of a generic function.
func (e *Engine) instance(obj *types.Func, targs []types.Type) *ssa.Function {
	glue := types.NewPackage("glue", "glue")
	var names []string
	for i, t := range targs {
		name := fmt.Sprintf("T%d", i)
		glue.Scope().Insert(types.NewTypeName(token.NoPos, glue, name, t))
		names = append(names, name)
	}
	glue.Scope().Insert(obj)
	src := fmt.Sprintf("package glue\nvar F__ = %s[%s]", obj.Name(), strings.Join(names, ","))
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "glue.go", src, parser.SkipObjectResolution)
	if err != nil {
		panic(err)
	}
	info := newInfo()
	conf := types.Config{Importer: importFunc(e.importRaw)}
	if err := types.NewChecker(&conf, fset, glue, info).Files([]*ast.File{file}); err != nil {
		panic(err)
	}
	p := e.build(fset, glue, info, []*ast.File{file})
	for _, blk := range p.Func("init").Blocks {
		for _, ins := range blk.Instrs {
			if st, ok := ins.(*ssa.Store); ok {
				if f, ok := st.Val.(*ssa.Function); ok {
					return f
				}
			}
		}
	}
	return nil
}

// twinMethod finds a method of an instance of a generic type of the twin package,
// whose values have the same memory.
func (e *Engine) twinMethod(pkg *types.Package, obj *types.Func, targs []types.Type) *ssa.Function {
	recv := types.Unalias(obj.Signature().Recv().Type())
	p, isPtr := recv.(*types.Pointer)
	if isPtr {
		recv = types.Unalias(p.Elem())
	}
	named, ok := recv.(*types.Named)
	if !ok {
		return nil
	}
	tn, ok := pkg.Scope().Lookup(named.Obj().Name()).(*types.TypeName)
	if !ok {
		return nil
	}
	t := tn.Type()
	if len(targs) > 0 {
		inst, err := types.Instantiate(nil, t, targs, false)
		if err != nil {
			panic(err)
		}
		t = inst
	}
	if isPtr {
		t = types.NewPointer(t)
	}
	sel := e.prog.MethodSets.MethodSet(t).Lookup(pkg, obj.Name())
	if sel == nil {
		return nil
	}
	return e.prog.MethodValue(sel)
}
