package modules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"cliplab/kernel/modules/fetch"
)

// Get adds requirements: packages or modules with or without a version, as in
// example.org/shapes@v1.2.0 or example.org/shapes@none, and local packages as ./shapes.
// Several are separated by spaces. Progress and what changed are written to out. After an
// error everything is as before.
func (s *Set) Get(ctx context.Context, spec string, out io.Writer) error {
	s.getting.Lock()
	defer s.getting.Unlock()
	if out == nil {
		out = s.o.Stdout
	}
	specs := strings.Fields(spec)
	if len(specs) == 0 {
		return errors.New("modules: %go get needs a path, as in %go get example.org/shapes@v1.2.0")
	}
	log := func(line string) { fmt.Fprintln(out, line) }
	s.mu.Lock()
	old := s.begin()
	s.mu.Unlock()
	g := &getter{
		Set: s, old: old, keepLocal: true, log: log,
		w:      old.next(ctx, fetch.New(s.fetchOptions(log))),
		wanted: maps.Clone(s.wanted), asked: map[string]string{},
	}
	g.reread()
	for _, item := range specs {
		if err := g.add(item); err != nil {
			return err
		}
	}
	if err := g.resolve(); err != nil {
		return err
	}
	if err := g.refusals(); err != nil {
		return err
	}
	g.commit()
	return nil
}

// getter is one Get in progress.
type getter struct {
	*Set
	old, w    *world
	keepLocal bool
	log       func(string)
	wanted    map[string]bool
	asked     map[string]string // modules that were named → version
	fresh     []string          // packages that were named
}

// reread reads the go.mod files of local modules again.
func (g *getter) reread() {
	for i, p := range g.w.local {
		if again, err := readProject(p.dir); err == nil && again.path == p.path {
			g.w.local[i] = again
		}
	}
}

// add notes one thing that is asked for.
func (g *getter) add(item string) error {
	path, query, versioned := strings.Cut(item, "@")
	pattern := strings.HasSuffix(path, "/...")
	path = strings.TrimSuffix(path, "/...")
	if local(path) {
		return g.addLocal(path)
	}
	if versioned && query == "" {
		return fmt.Errorf("modules: %s: no version after @", item)
	}
	if g.native(path) {
		g.sayCompiled(path, query)
		return nil
	}
	if g.w.worked(path) || !dotted(path) {
		return g.addOwn(path)
	}
	if query == "none" {
		return g.remove(path)
	}
	m, err := g.find(path, query)
	if err != nil {
		return err
	}
	g.w.roots[m.Path], g.asked[m.Path] = m.Version, m.Version
	dir, _ := below(path, m.Path)
	t, err := g.w.tree(g.actual(m))
	if err != nil {
		return err
	}
	switch {
	case pattern:
		for _, d := range t.packages(dir) {
			g.want(joinPath(m.Path, filepath.FromSlash(d)))
		}
	case t.goFiles(dir):
		g.want(path)
	}
	return nil
}

// actual applies the pin of a compiled module.
func (g *getter) actual(m module.Version) module.Version {
	if pin := g.pin(m.Path); pin != "" {
		m.Version = pin
	}
	return m
}

func (g *getter) want(path string) {
	if !g.native(path) {
		g.wanted[path] = true
		g.fresh = append(g.fresh, path)
	}
}

// local tells whether a path names a folder.
func local(path string) bool {
	return path == "." || path == ".." || strings.HasPrefix(path, "./") ||
		strings.HasPrefix(path, "../") || filepath.IsAbs(path)
}

// addLocal reads a package of a module on disk again, or for the first time.
func (g *getter) addLocal(path string) error {
	dir := filepath.FromSlash(path)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(g.folder(), dir)
	}
	root, ok := upwards(dir)
	if !ok {
		root = dir
	}
	p, err := readProject(root)
	if err != nil {
		return err
	}
	if old := g.w.own(p.path); old != nil && old.dir != p.dir {
		return fmt.Errorf("modules: there is a module %s in %s already", p.path, old.dir)
	}
	if g.w.own(p.path) == nil {
		if g.native(p.path) {
			return fmt.Errorf("modules: %s is a package of the kernel; give the folder a go.mod "+
				"with another module path", p.path)
		}
		if err := g.sums.Read(p.sums()); err != nil {
			return err
		}
		g.w.local = append(g.w.local, p)
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return err
	}
	g.keepLocal = false
	pkg := joinPath(p.path, rel)
	if !openFolder(root).goFiles(filepath.ToSlash(rel)) {
		return fmt.Errorf("modules: no Go files in %s", dir)
	}
	g.want(pkg)
	g.log(fmt.Sprintf("go: read %s from %s; import it again to use it", pkg, path))
	return nil
}

// worked tells whether a package is one of a module on disk.
func (w *world) worked(path string) bool {
	for _, p := range w.local {
		if dir, ok := below(path, p.path); ok && (dir == "." || openFolder(p.dir).goFiles(dir)) {
			return true
		}
	}
	return false
}

// addOwn reads a package of a local module that is named by its path.
func (g *getter) addOwn(path string) error {
	for _, p := range g.w.local {
		if dir, ok := below(path, p.path); ok {
			g.log("go: read " + path + "; import it again to use it")
			g.keepLocal = false
			if openFolder(p.dir).goFiles(dir) {
				g.want(path)
			}
			return nil
		}
	}
	return unknown(path)
}

// remove takes a requirement away.
func (g *getter) remove(path string) error {
	v, ok := g.w.roots[path]
	if !ok {
		return fmt.Errorf("modules: %s is not required", path)
	}
	delete(g.w.roots, path)
	for p := range g.wanted {
		if _, ok := below(p, path); ok {
			delete(g.wanted, p)
		}
	}
	g.log(fmt.Sprintf("go: removed %s %s", path, v))
	return nil
}

// sayCompiled tells that the kernel has a package already.
func (g *getter) sayCompiled(path, query string) {
	for mod, v := range g.compiled() {
		if _, ok := below(path, mod); ok {
			line := fmt.Sprintf("go: %s %s is compiled into the kernel", path, v)
			if query != "" && query != v && query != "latest" {
				line += "; " + query + " is not used"
			}
			g.log(line)
			return
		}
	}
	g.log(fmt.Sprintf("go: %s is compiled into the kernel; just import it", path))
}

// rounds bounds how often missing modules are added.
const rounds = 50

// resolve selects versions and fetches what the wanted packages import, until nothing is
// missing.
func (g *getter) resolve() error {
	for range rounds {
		if err := g.w.solve(); err != nil {
			return err
		}
		g.mu.Lock()
		g.w.adopt(g.old, g.keepLocal)
		g.mu.Unlock()
		g.w.lacks = map[string]bool{}
		for _, path := range slices.Sorted(maps.Keys(g.wanted)) {
			g.w.unit(path)
		}
		if err := g.w.ctx.Err(); err != nil {
			return fmt.Errorf("modules: %%go get was stopped: %w", err)
		}
		added := false
		for _, path := range slices.Sorted(maps.Keys(g.w.lacks)) {
			if !dotted(path) {
				continue
			}
			m, err := g.find(path, "")
			if err != nil {
				return err
			}
			if _, known := g.w.roots[m.Path]; !known {
				g.w.roots[m.Path] = m.Version
				added = true
			}
		}
		if !g.complete() && !added {
			return nil
		}
	}
	return fmt.Errorf("modules: requirements do not settle after %d rounds", rounds)
}

// complete makes the modules of all packages requirements of the session, whose own
// requirements count, and tells whether that adds any.
func (g *getter) complete() (added bool) {
	needed := g.w.needed()
	for mod := range g.w.via {
		if !needed[mod] {
			delete(g.w.via, mod)
		}
	}
	for mod := range needed {
		_, root := g.w.roots[mod]
		if v := g.w.list[mod]; !root && v != "" && g.w.via[mod] != v {
			g.w.via[mod] = v
			added = true
		}
	}
	return added
}

// refusals tells of packages that were named and cannot be used.
func (g *getter) refusals() error {
	for _, path := range g.fresh {
		if u := g.w.units[path]; u != nil && u.err != nil {
			return u.err
		}
	}
	return nil
}

// commit makes the new state the session's, and says what changed.
func (g *getter) commit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, mod := range slices.Sorted(maps.Keys(g.asked)) {
		was, now := g.old.list[mod], g.w.list[mod]
		switch {
		case was == "":
			g.log(fmt.Sprintf("go: added %s %s", mod, now))
		case was == now:
			g.log(fmt.Sprintf("go: %s %s is in use already", mod, now))
		case semver.Compare(was, now) < 0:
			g.log(fmt.Sprintf("go: upgraded %s %s => %s; import it again to use it", mod, was, now))
		default:
			g.log(fmt.Sprintf("go: downgraded %s %s => %s; import it again to use it", mod, was, now))
		}
		if asked := g.asked[mod]; asked != now && g.pin(mod) == "" {
			g.log(fmt.Sprintf("go: %s %s was asked for, %s is needed by another module", mod, asked, now))
		}
	}
	for _, mod := range slices.Sorted(maps.Keys(g.w.pinned)) {
		if g.old.pinned[mod] != g.w.pinned[mod] {
			g.log(fmt.Sprintf("go: %s %s is compiled into the kernel and used instead of %s",
				mod, g.w.list[mod], g.w.pinned[mod]))
		}
	}
	g.fetcher = g.w.fetcher
	g.w.settle()
	g.Set.world, g.Set.wanted = g.w, g.wanted
}
