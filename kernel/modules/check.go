package modules

import (
	"cmp"
	"errors"
	"fmt"
	"go/types"
	"io/fs"
	"reflect"
	"runtime"
	"strings"

	"cliplab/kernel/engine"
)

// load checks a package and what it imports; Set.mu is held.
func (w *world) load(path string) (*types.Package, error) {
	u := w.unit(path)
	if u.err != nil {
		return nil, u.err
	}
	if u.pkg != nil || u.fault != nil {
		return u.pkg, u.fault
	}
	u.fault = broken(path, "it imports itself, through others")
	u.pkg, u.fault = w.check(u)
	for u.fault != nil && u.try+1 < len(tries) {
		first, old := u.fault, *u
		if w.look(u, u.try+1) != nil {
			*u = old
			break
		}
		if u.pkg, u.fault = w.check(u); u.fault != nil {
			u.fault = first
		}
	}
	return u.pkg, u.fault
}

// check runs the type checker over a package.
func (w *world) check(u *unit) (*types.Package, error) {
	info := engine.NewInfo()
	var faults []types.Error
	conf := types.Config{
		Importer:                 importer{w},
		DisableUnusedImportCheck: true,
		GoVersion:                "go" + w.language(u),
		Sizes:                    types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && !strings.HasPrefix(e.Msg, "\t") {
				faults = append(faults, e)
			}
		},
	}
	pkg, err := conf.Check(w.set.identity(u), w.set.fset, u.files, info)
	if len(faults) > 0 {
		return nil, w.typeFault(u, faults)
	}
	if err != nil {
		return nil, broken(u.path, err.Error())
	}
	c := &engine.Checked{Fset: w.set.fset, Info: info, Files: u.files}
	embeds, err := u.embeds(pkg)
	if err != nil {
		return nil, err
	}
	c.Prepare = prepare(embeds, info, tables(info))
	if len(u.bodies) > 0 {
		w.set.bodies.Store(pkg.Path(), &engine.Natives{Path: pkg.Path(), Funcs: u.bodies})
	}
	w.set.checked.Store(pkg, c)
	u.files = nil
	return pkg, nil
}

// typeFault tells the first errors of the type checker. A package that also has files for
// cgo most likely misses what those declare.
func (w *world) typeFault(u *unit, faults []types.Error) error {
	for _, d := range u.deps {
		if d.fault != nil {
			return because(u.path, d.fault)
		}
	}
	f := faults[0]
	msg := fmt.Sprintf("%s: %s", place(f.Fset, f.Pos), f.Msg)
	if n := len(faults) - 1; n > 0 {
		msg += fmt.Sprintf(" (and %d more)", n)
	}
	bp, _ := w.context(u, u.try).ImportDir("/"+u.dir, 0)
	if _, file := w.cgoFiles(u, bp); file != "" {
		return refuse(u.path, "%s needs cgo (import \"C\"), and without it: %s", file, msg)
	}
	return broken(u.path, msg)
}

// language is the version of Go that the module of a package is written in.
func (w *world) language(u *unit) string {
	if p := w.own(u.mod.Path); p != nil {
		return newModInfo(p.file).goVer
	}
	if u.mod.Path == "" { // a stand-in
		return "1.26"
	}
	if data, err := fs.ReadFile(u.tree.files, "go.mod"); err == nil {
		if i, err := parseMod(u.tree.label+"/go.mod", data); err == nil {
			return i.goVer
		}
	}
	return "1.16"
}

// importer gives a package from source its imports.
type importer struct{ w *world }

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if i.w.isNative(path) {
		return i.w.set.base.Types(path)
	}
	return i.w.load(path)
}

// identity is the path by which the types of a package are known. A module of which the
// kernel has other types, though no package to import, is told apart by its version.
func (s *Set) identity(u *unit) string {
	if _, taken := s.base.Natives(u.path); taken {
		return u.path + "@" + cmp.Or(u.mod.Version, "kernel")
	}
	return u.path
}

// prepare sets the variables that need no code before a package is initialised.
func prepare(
	embeds []embedded, info *types.Info, tables []table,
) func(func(*types.Var) reflect.Value) error {
	if len(embeds)+len(tables) == 0 {
		return nil
	}
	return func(value func(*types.Var) reflect.Value) error {
		for _, e := range embeds {
			if err := e.put(value(e.v)); err != nil {
				return err
			}
		}
		for _, t := range tables {
			fill(info, value(t.v), t.lit)
		}
		return nil
	}
}
