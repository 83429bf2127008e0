package symbols

import (
	"archive/zip"
	"bytes"
	_ "embed" // the archives
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"io"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"

	"cliplab/kernel/engine"
)

//go:embed zexports.zip
var exportsZip []byte

//go:embed zsources.zip
var sourcesZip []byte

// Table gives packages to one session. Type information has an identity: two sessions need
// two tables.
type Table struct {
	mu       sync.Mutex
	fset     *token.FileSet
	packages map[string]*types.Package // complete ones, and stubs that others mention
	complete map[string]bool

	values sync.Map // path → *engine.Natives, made when first asked for
}

var _ engine.Packages = (*Table)(nil)

// New makes a table from which nothing was imported yet.
func New() *Table {
	return &Table{
		fset:     token.NewFileSet(),
		packages: map[string]*types.Package{},
		complete: map[string]bool{},
	}
}

// Paths lists the packages that can be imported, in order.
func Paths() []string {
	paths := make([]string, 0, len(natives))
	for p := range natives {
		paths = append(paths, p)
	}
	for _, f := range sources().File { // several files each
		paths = append(paths, path.Dir(f.Name))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// Types is the type information of a package. The error names a path that is not compiled
// in.
func (t *Table) Types(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.complete[path] {
		return t.packages[path], nil
	}
	data, err := read(exports(), path)
	if err != nil {
		return nil, fmt.Errorf("symbols: package %q is not compiled in", path)
	}
	pkg, err := gcexportdata.Read(bytes.NewReader(data), t.fset, t.packages, path)
	if err != nil {
		return nil, fmt.Errorf("symbols: package %q: %w", path, err)
	}
	if constants, ok := platform[path]; ok {
		setConstants(pkg, constants())
	}
	t.complete[path] = true
	return pkg, nil
}

// setConstants gives constants the values that they have on this system. A constant cannot
// be changed, nor taken from a scope, so the scope is filled anew.
func setConstants(pkg *types.Package, values map[string]constant.Value) {
	scope := pkg.Scope()
	var objects []types.Object
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if v, ok := values[name]; ok {
			object = types.NewConst(token.NoPos, pkg, name, object.Type(), v)
		}
		objects = append(objects, object)
	}
	*scope = *types.NewScope(types.Universe, token.NoPos, token.NoPos, "")
	for _, object := range objects {
		scope.Insert(object)
	}
}

// Adopt makes a package that was checked from source the one that others mean when they
// mention its path. It must come before the first import of a package that does.
func (t *Table) Adopt(pkg *types.Package) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.packages[pkg.Path()] = pkg
	t.complete[pkg.Path()] = true
}

// Natives is the compiled values of a package. Its types include those that have no name
// outside of it, and instances of generic types under their full name, as rtype.Instance
// writes it; generic packages have some instances of their functions in the same way.
// Packages that cannot be imported but whose types appear elsewhere have types only, and
// unnamed types are those of the path "".
func (t *Table) Natives(path string) (*engine.Natives, bool) {
	if values, ok := t.values.Load(path); ok {
		return values.(*engine.Natives), true
	}
	table, listed := natives[path]
	more, mentioned := hidden[path]
	functions, instantiated := instances[path]
	if !listed && !mentioned && !instantiated {
		return nil, false
	}
	made := &engine.Natives{Path: path, Types: map[string]reflect.Type{}}
	if listed {
		made = table()
	}
	if mentioned {
		types := more()
		maps.Copy(types, made.Types)
		made.Types = types
	}
	if instantiated {
		made.Funcs = functions()
	}
	values, _ := t.values.LoadOrStore(path, made)
	return values.(*engine.Natives), true
}

// method is the type of an exported method: of the function that takes the receiver first
// for a type, without a receiver for an interface.
func method(t reflect.Type, name string) reflect.Type {
	m, ok := t.MethodByName(name)
	if !ok {
		panic(fmt.Sprintf("symbols: %s has no method %s", t, name))
	}
	return m.Type
}

// Source is the files of a package that is run from source, by name.
func (t *Table) Source(folder string) (map[string][]byte, bool) {
	files := map[string][]byte{}
	for _, f := range sources().File {
		if dir, name := path.Split(f.Name); strings.TrimSuffix(dir, "/") == folder {
			if data, err := read(sources(), f.Name); err == nil {
				files[name] = data
			}
		}
	}
	return files, len(files) > 0
}

var (
	exports = sync.OnceValue(func() *zip.Reader { return open(exportsZip) })
	sources = sync.OnceValue(func() *zip.Reader { return open(sourcesZip) })
)

// open reads the directory of an archive that is compiled in and tested.
func open(archive []byte) *zip.Reader {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		panic("symbols: " + err.Error())
	}
	return r
}

func read(archive *zip.Reader, name string) ([]byte, error) {
	f, err := archive.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
