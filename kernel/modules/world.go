package modules

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"golang.org/x/mod/module"

	"cliplab/kernel/modules/fetch"
)

// world is one state of the session's module: what it requires, the versions that follow,
// and the packages that were looked at. A Get makes a new one.
type world struct {
	set     *Set
	ctx     context.Context
	fetcher *fetch.Fetcher

	local  []*project        // modules on disk
	roots  map[string]string // requirements: module → version
	via    map[string]string // modules that packages of those need
	list   map[string]string // selected: module → version
	pinned map[string]string // modules that are compiled in → version that was wanted

	infos map[module.Version]*modInfo
	trees map[module.Version]*tree // version "" for those in local
	units map[string]*unit
	lacks map[string]bool // imports that no module of the list has

	fallback int // how many packages are looked at for another machine just now
}

func newWorld(s *Set) *world {
	return &world{
		set: s, ctx: context.Background(), fetcher: s.fetcher.Offline(),
		roots: map[string]string{}, via: map[string]string{},
		list: map[string]string{}, pinned: map[string]string{},
		infos: map[module.Version]*modInfo{}, trees: map[module.Version]*tree{},
		units: map[string]*unit{}, lacks: map[string]bool{},
	}
}

// next is a world to be changed, with the knowledge of this one but no packages.
func (w *world) next(ctx context.Context, f *fetch.Fetcher) *world {
	n := newWorld(w.set)
	n.ctx, n.fetcher = ctx, f
	n.local = append(n.local, w.local...)
	maps.Copy(n.roots, w.roots)
	maps.Copy(n.via, w.via)
	maps.Copy(n.infos, w.infos)
	for m, t := range w.trees {
		if t.folder == "" {
			n.trees[m] = t
		}
	}
	return n
}

// settle makes a world answer from what was fetched.
func (w *world) settle() {
	w.ctx, w.fetcher = context.Background(), w.set.fetcher.Offline()
}

// adopt starts with the packages of an earlier world that are unchanged, so that their
// types stay what they are. It is told which modules on disk may have changed.
func (w *world) adopt(old *world, keepLocal bool) {
	w.units = map[string]*unit{}
	asked := map[*unit]bool{}
	var same func(u *unit) bool
	same = func(u *unit) bool {
		if yes, ok := asked[u]; ok {
			return yes
		}
		asked[u] = false // imports have no cycles; those of a faulty package are not kept
		yes := u.err == nil && w.selects(u.mod) && (keepLocal || u.tree.folder == "")
		for _, d := range u.deps {
			yes = same(d) && yes
		}
		asked[u] = yes
		return yes
	}
	for path, u := range old.units {
		if same(u) {
			w.units[path] = u
		}
	}
}

// selects tells whether a module has this version here too.
func (w *world) selects(m module.Version) bool {
	if m.Version == "" {
		return w.own(m.Path) != nil
	}
	return w.list[m.Path] == m.Version
}

// home finds the module that has a package. The longest module path wins, as in Go.
func (w *world) home(pkg string) (m module.Version, t *tree, dir string, err error) {
	fault := unknown(pkg)
	for prefix := pkg; prefix != "."; prefix = parent(prefix) {
		m, ok := w.moduleAt(prefix)
		if !ok {
			continue
		}
		t, err := w.tree(m)
		if err != nil {
			return m, nil, "", err
		}
		dir, _ := below(pkg, prefix)
		if t.goFiles(dir) {
			return m, t, dir, nil
		}
		fault = &Error{Path: pkg, Msg: fmt.Sprintf("there is no package %s in %s", pkg, t.label)}
	}
	return m, nil, "", fault
}

func (w *world) moduleAt(path string) (module.Version, bool) {
	if w.own(path) != nil {
		return module.Version{Path: path}, true
	}
	v, ok := w.list[path]
	return module.Version{Path: path, Version: v}, ok
}

// tree opens a module, fetching it if this world may.
func (w *world) tree(m module.Version) (*tree, error) {
	if t, ok := w.trees[m]; ok {
		return t, nil
	}
	t, err := w.openTree(m)
	if errors.Is(err, fetch.ErrOffline) && w.fetcher.IsOffline() {
		return nil, &Error{Path: m.Path, Msg: "module " + m.Path + " " + m.Version +
			" was not fetched; run %go get " + m.Path + "@" + m.Version}
	}
	if err != nil {
		return nil, err
	}
	w.trees[m] = t
	return t, nil
}

func (w *world) openTree(m module.Version) (*tree, error) {
	if p := w.own(m.Path); p != nil {
		return openFolder(p.dir), nil
	}
	actual, dir := w.replaced(m)
	if dir != "" {
		return openFolder(dir), nil
	}
	name, err := w.fetcher.Zip(w.ctx, actual)
	if err != nil {
		return nil, err
	}
	return openCached(actual, name)
}
