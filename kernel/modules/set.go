package modules

import (
	"fmt"
	"go/token"
	"go/types"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"cliplab/kernel/engine"
	"cliplab/kernel/modules/fetch"
)

// Options say where modules come from. The zero value does as the go command would in the
// current folder.
type Options struct {
	Folder   string                   // where local packages are looked for; "": the current folder
	Paths    func() []string          // packages that are compiled in; nil: the table is asked
	Compiled func() map[string]string // versions of compiled modules; nil: of this program
	Stdout   io.Writer                // told of downloads when Get is given no writer
	Env      func(string) string      // nil: os.Getenv
	Client   *http.Client             // nil: a usual one
}

// Set is a table of packages that also has those of modules. It belongs to one session.
type Set struct {
	base    engine.Packages
	o       Options
	fset    *token.FileSet
	sums    *fetch.Sums
	fetcher *fetch.Fetcher // of the settings at the last Get

	getting sync.Mutex // one Get at a time
	mu      sync.Mutex // guards world and what follows
	world   *world
	wanted  map[string]bool // packages that were asked for

	listing sync.Once
	natives map[string]bool // see listed
	pinning sync.Once
	pins    map[string]string // see compiled

	checked sync.Map // *types.Package → *engine.Checked, until it is built
	bodies  sync.Map // path → *engine.Natives: compiled bodies of functions without one
}

var (
	_ engine.Packages = (*Set)(nil)
	_ engine.Sources  = (*Set)(nil)
)

// New returns a set on top of the compiled packages of a session. Nothing is read or
// fetched yet.
func New(base engine.Packages, o Options) *Set {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	s := &Set{base: base, o: o, fset: token.NewFileSet(), sums: fetch.NewSums(),
		wanted: map[string]bool{}}
	return s
}

// Fresh returns a set for a session that starts anew: with the same requirements, and
// packages that are read again.
func (s *Set) Fresh(base engine.Packages) *Set {
	s.getting.Lock()
	defer s.getting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := New(base, s.o)
	n.sums = s.sums
	if s.world == nil {
		return n
	}
	n.fetcher = s.fetcher
	n.world = newWorld(n)
	maps.Copy(n.world.roots, s.world.roots)
	maps.Copy(n.world.via, s.world.via)
	for path := range s.wanted {
		n.wanted[path] = true
	}
	for _, p := range s.world.local {
		if p, err := readProject(p.dir); err == nil {
			n.world.local = append(n.world.local, p)
		}
	}
	if n.world.solve() != nil { // a go.mod that was edited into something not fetched
		n.world.list = s.world.list
	}
	return n
}

// begin makes the first world when something is asked for; s.mu is held.
func (s *Set) begin() *world {
	if s.world == nil {
		s.fetcher = fetch.New(s.fetchOptions(nil))
		s.world = newWorld(s)
		if dir, ok := upwards(s.folder()); ok {
			s.world.join(dir)
		}
	}
	return s.world
}

func (s *Set) fetchOptions(log func(string)) fetch.Options {
	return fetch.Options{Env: s.o.Env, Client: s.o.Client, Log: log, Sums: s.sums}
}

// join adds the module in a folder, if it is one and what it requires is known.
func (w *world) join(dir string) {
	p, err := readProject(dir)
	if err != nil || w.own(p.path) != nil {
		return
	}
	_ = w.set.sums.Read(p.sums())
	w.local = append(w.local, p)
	if w.solve() != nil { // not all of it is in the cache: its own packages may need nothing
		w.list = map[string]string{}
		for _, r := range p.file.Require {
			w.list[r.Mod.Path] = r.Mod.Version
		}
	}
}

func (s *Set) folder() string {
	if s.o.Folder != "" {
		return s.o.Folder
	}
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}

// native tells whether a package is compiled in.
func (s *Set) native(path string) bool {
	if s.o.Paths == nil {
		_, err := s.base.Types(path)
		return err == nil
	}
	return s.listed()[path]
}

// listed is the set of compiled packages, read once.
func (s *Set) listed() map[string]bool {
	s.listing.Do(func() {
		// Packages of generic functions come as source and are not listed.
		s.natives = map[string]bool{"cmp": true, "slices": true, "maps": true, "iter": true}
		if s.o.Paths != nil {
			for _, p := range s.o.Paths() {
				s.natives[p] = true
			}
		}
	})
	return s.natives
}

// compiled is the versions of the modules of compiled packages.
func (s *Set) compiled() map[string]string {
	s.pinning.Do(func() {
		s.pins = map[string]string{}
		versions := s.o.Compiled
		if versions == nil {
			versions = ownVersions
		}
		for mod, v := range versions() {
			for p := range s.listed() {
				if _, ok := below(p, mod); ok {
					s.pins[mod] = v
					break
				}
			}
		}
	})
	return s.pins
}

// pin is the version of a module of which packages are compiled in, or "".
func (s *Set) pin(mod string) string { return s.compiled()[mod] }

// ownVersions are the modules that this program was built of.
func ownVersions() map[string]string {
	out := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Replace != nil {
				d = d.Replace
			}
			out[d.Path] = d.Version
		}
	}
	return out
}

// Types returns a compiled package, or checks one that was fetched or is local. A path like
// ./shapes is the package in that folder.
func (s *Set) Types(path string) (*types.Package, error) {
	if strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../") {
		return s.relative(path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.native(path) {
		return s.base.Types(path)
	}
	w := s.begin()
	pkg, err := s.fromSource(w, path)
	if pkg == nil && w.lacks[path] && s.enter() {
		pkg, err = s.fromSource(s.world, path)
	}
	return pkg, err
}

func (s *Set) fromSource(w *world, path string) (*types.Package, error) {
	if w.standard(path) {
		return nil, unknown(path)
	}
	if i := slices.Index(strings.Split(path, "/"), "internal"); i >= 0 {
		if u := w.unit(path); u.err == nil && u.tree.folder == "" {
			return nil, &Error{Path: path,
				Msg: fmt.Sprintf("package %s is internal to module %s", path, u.mod.Path)}
		}
	}
	pkg, err := w.load(path)
	if err != nil && w.lacks[path] {
		delete(w.units, path) // it may be fetched
	}
	return pkg, err
}

// enter joins the module of the current folder, if that has changed.
func (s *Set) enter() bool {
	dir, ok := upwards(s.folder())
	if !ok || slices.ContainsFunc(s.world.local, func(p *project) bool { return p.dir == dir }) {
		return false
	}
	n := s.world.next(s.world.ctx, s.world.fetcher)
	n.join(dir)
	n.adopt(s.world, true)
	s.world = n
	return true
}

// relative imports the package in a folder.
func (s *Set) relative(path string) (*types.Package, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.begin()
	dir := filepath.Join(s.folder(), filepath.FromSlash(path))
	for _, p := range w.local {
		if rel, err := filepath.Rel(p.dir, dir); err == nil && filepath.IsLocal(rel) {
			return s.fromSource(w, joinPath(p.path, rel))
		}
	}
	return nil, &Error{Path: path,
		Msg: fmt.Sprintf("package %s was not loaded; run %%go get %s", path, path)}
}

// joinPath is the import path of a folder of a module.
func joinPath(mod, rel string) string {
	if rel == "." {
		return mod
	}
	return mod + "/" + filepath.ToSlash(rel)
}

// Natives implements engine.Packages.
func (s *Set) Natives(path string) (*engine.Natives, bool) {
	if b, ok := s.bodies.Load(path); ok {
		return b.(*engine.Natives), true
	}
	return s.base.Natives(path)
}

// Source implements engine.Packages.
func (s *Set) Source(path string) (map[string][]byte, bool) { return s.base.Source(path) }

// Adopt tells the compiled packages which types they should mention.
func (s *Set) Adopt(pkg *types.Package) {
	if table, ok := s.base.(interface{ Adopt(*types.Package) }); ok {
		table.Adopt(pkg)
	}
}

// Checked implements engine.Sources.
func (s *Set) Checked(pkg *types.Package) (*engine.Checked, bool) {
	c, ok := s.checked.LoadAndDelete(pkg)
	if !ok {
		return nil, false
	}
	return c.(*engine.Checked), true
}
