package modules

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"
)

// unit is one package from source. It is looked at when it is fetched, and checked when it
// is imported.
type unit struct {
	path string
	mod  module.Version
	dir  string // in the module
	tree *tree
	err  error // why it cannot be used

	try    int // which of tries it is built for
	name   string
	files  []*ast.File
	deps   []*unit
	bodies map[string]reflect.Value // compiled code of functions that have no body

	pkg   *types.Package
	fault error // of the type checker
}

// try is a way to build a package: for this machine, or for one that nobody writes assembly
// for, so that packages fall back to Go.
type try struct {
	os, arch string // "" are this one's
	tags     []string
}

// plain has 64 bits in the order of amd64 and arm64, and no assembly outside of Go itself.
const plain = "mips64le"

// unix is a system for which few packages have code of their own.
const unix = "solaris"

var (
	pure   = []string{"purego", "noasm", "safe"}
	purest = append([]string{"appengine"}, pure...)
)

// tries are tried in this order. The tags are those by which packages ask whether they may
// use assembly and system calls.
var tries = [...]try{
	{"", "", pure}, {"", "", purest}, {"", plain, pure}, {"", plain, purest}, {unix, plain, pure},
}

// context is the build context of a try over the files of a package.
func (w *world) context(u *unit, n int) *build.Context {
	t, y := u.tree, tries[n]
	arch, system := cmp.Or(y.arch, runtime.GOARCH), runtime.GOOS
	if system != "windows" && y.os != "" {
		system = y.os
	}
	at := func(name string) string {
		return path.Join(".", strings.TrimPrefix(filepath.ToSlash(name), "/"))
	}
	return &build.Context{
		GOARCH: arch, GOOS: system, Compiler: "gc", BuildTags: slices.Concat(y.tags, w.fetcher.Tags()),
		ReleaseTags: build.Default.ReleaseTags,
		JoinPath:    path.Join, IsAbsPath: path.IsAbs,
		SplitPathList: func(string) []string { return nil },
		HasSubdir:     func(_, _ string) (string, bool) { return "", false },
		IsDir: func(name string) bool {
			info, err := fs.Stat(t.files, at(name))
			return err == nil && info.IsDir()
		},
		ReadDir: func(name string) ([]fs.FileInfo, error) {
			entries, err := fs.ReadDir(t.files, at(name))
			var infos []fs.FileInfo
			for _, e := range entries {
				if info, err := e.Info(); err == nil {
					infos = append(infos, info)
				}
			}
			return infos, err
		},
		OpenFile: func(name string) (io.ReadCloser, error) { return t.files.Open(at(name)) },
	}
}

// unit looks at a package and at all that it imports. The result may hold an error; imports
// that no module has are noted in lacks.
func (w *world) unit(path string) *unit {
	if u, ok := w.units[path]; ok {
		return u
	}
	u := &unit{path: path}
	w.units[path] = u
	u.mod, u.tree, u.dir, u.err = w.home(path)
	if t, ok := standin(path); ok && !dotted(path) {
		u.tree, u.dir, u.err = t, ".", nil
	}
	if u.err != nil {
		var e *Error
		if errors.As(u.err, &e) && e.Path == path {
			if w.fallback > 0 { // nothing is fetched for a second choice
				delete(w.units, path)
				return u
			}
			w.lacks[path] = true
		}
		return u
	}
	u.err = w.look(u, 0)
	if t, ok := standin(path); ok && u.err != nil {
		u.tree, u.dir = t, "."
		u.err = w.look(u, 0)
	}
	return u
}

// look finds the first way, from the given one on, in which a package can be used. The
// error is that of the first way.
func (w *world) look(u *unit, from int) (first error) {
	for i := from; i < len(tries); i++ {
		if i == max(from, 1) {
			w.fallback++
			defer func() { w.fallback-- }()
		}
		err := w.lookAs(u, i)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
		var stop *lacking
		if i == 0 && errors.As(err, &stop) {
			return err
		}
	}
	return first
}

// lacking is an import that was not fetched yet.
type lacking struct {
	importer string
	cause    error
}

func (e *lacking) Error() string {
	return fmt.Sprintf("modules: package %s: %s", e.importer, e.Advice())
}

func (e *lacking) Unwrap() error { return e.cause }

// Advice is the message for who typed the import.
func (e *lacking) Advice() string { return "its import: " + advice(e.cause) }

// lookAs reads a package for one way to build it.
func (w *world) lookAs(u *unit, n int) error {
	u.try, u.files, u.deps, u.bodies = n, nil, nil, nil
	bp, err := w.context(u, n).ImportDir("/"+u.dir, 0)
	if err != nil {
		return w.unbuildable(u, bp, err)
	}
	if bp.Name == "main" {
		return refuse(u.path, "it is a program, not a library")
	}
	u.name = bp.Name
	if n, file := w.cgoFiles(u, bp); n > len(bp.GoFiles) {
		return refuse(u.path, "%s needs cgo (import \"C\"), and the kernel has no C compiler", file)
	}
	if u.files, err = u.parseAll(w.set.fset, bp.GoFiles); err != nil {
		return broken(u.path, err.Error())
	}
	if err := u.bodiless(w.set.fset, bp.SFiles); err != nil {
		return err
	}
	return w.imports(u, bp)
}

// parseAll reads files side by side; the error is that of the first.
func (u *unit) parseAll(fset *token.FileSet, names []string) ([]*ast.File, error) {
	files, faults := make([]*ast.File, len(names)), make([]error, len(names))
	var group sync.WaitGroup
	work := make(chan int)
	for range min(len(names), runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range work {
				files[i], faults[i] = u.parse(fset, names[i])
			}
		})
	}
	for i := range names {
		work <- i
	}
	close(work)
	group.Wait()
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (u *unit) parse(fset *token.FileSet, name string) (*ast.File, error) {
	data, err := fs.ReadFile(u.tree.files, path.Join(u.dir, name))
	if err != nil {
		return nil, err
	}
	shown := path.Join(u.tree.label, u.dir, name)
	return parser.ParseFile(fset, shown, data, parser.ParseComments|parser.SkipObjectResolution)
}

// imports looks at the imports of a package.
func (w *world) imports(u *unit, bp *build.Package) error {
	var missing error
	for _, imp := range bp.Imports {
		if imp == "unsafe" || w.isNative(imp) {
			continue
		}
		if !w.mayImport(u.path, imp) {
			return refuse(u.path, "it imports %s, which is internal to another module", imp)
		}
		if _, ok := standin(imp); !ok && w.standard(imp) {
			return refuse(u.path, "%s imports %s of the standard library, which is not in the kernel",
				position(bp, imp), imp)
		}
		d := w.unit(imp)
		u.deps = append(u.deps, d)
		switch {
		case d.err == nil:
		case w.lacks[imp] || isLacking(d.err):
			missing = &lacking{u.path, d.err}
		default:
			return because(u.path, d.err)
		}
	}
	return missing
}

func isLacking(err error) bool {
	var l *lacking
	return errors.As(err, &l)
}

// position is the file and line of an import.
func position(bp *build.Package, path string) string {
	if list := bp.ImportPos[path]; len(list) > 0 {
		return fmt.Sprintf("%s:%d", filepath.Base(list[0].Filename), list[0].Line)
	}
	return "it"
}

// isNative tells whether the kernel has a package compiled in.
func (w *world) isNative(path string) bool { return w.set.native(path) }

// standard tells whether a package that is not native belongs to the standard library.
func (w *world) standard(path string) bool {
	if dotted(path) {
		return false
	}
	for _, p := range w.local {
		if _, ok := below(path, p.path); ok {
			return false
		}
	}
	for m := range w.list {
		if _, ok := below(path, m); ok {
			return false
		}
	}
	return true
}

// mayImport applies the rule of internal packages.
func (w *world) mayImport(importer, path string) bool {
	i := slices.Index(strings.Split(path, "/"), "internal")
	if i < 0 {
		return true
	}
	parent := strings.Join(strings.Split(path, "/")[:i], "/")
	_, ok := below(importer, parent)
	return ok
}

// unbuildable explains why no file of a package is built.
func (w *world) unbuildable(u *unit, bp *build.Package, err error) error {
	var none *build.NoGoError
	if !errors.As(err, &none) {
		return broken(u.path, err.Error())
	}
	if _, file := w.cgoFiles(u, bp); file != "" {
		return refuse(u.path, "%s needs cgo (import \"C\"), and the kernel has no C compiler", file)
	}
	return refuse(u.path, "none of its files is for %s/%s", runtime.GOOS, runtime.GOARCH)
}

// cgoFiles counts the files of a package that import "C", and names the first.
func (w *world) cgoFiles(u *unit, bp *build.Package) (n int, first string) {
	if bp == nil {
		return 0, ""
	}
	with := w.context(u, u.try)
	with.CgoEnabled = true
	for _, name := range bp.IgnoredGoFiles {
		if ok, err := with.MatchFile("/"+u.dir, name); err != nil || !ok {
			continue
		}
		data, err := fs.ReadFile(u.tree.files, path.Join(u.dir, name))
		if err != nil {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range f.Imports {
			if spec.Path.Value == `"C"` {
				if n++; first == "" {
					first = fmt.Sprintf("%s:%d", name, 1+bytes.Count(data[:spec.Pos()-1], []byte("\n")))
				}
			}
		}
	}
	return n, first
}
