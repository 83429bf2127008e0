package modules

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// Minimal version selection: of each module the highest version that anything requires.
// Since Go 1.17 a go.mod file lists all that its packages need, so the go.mod files behind
// it are not read; that of the session lists them too.
// Source: https://go.dev/ref/mod#minimal-version-selection and #graph-pruning.

// modInfo is what matters of a go.mod file.
type modInfo struct {
	requires []module.Version
	goVer    string // language version, as 1.21
}

func parseMod(name string, data []byte) (*modInfo, error) {
	file, err := modfile.ParseLax(name, data, nil)
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	return newModInfo(file), nil
}

func newModInfo(file *modfile.File) *modInfo {
	i := &modInfo{goVer: "1.16"} // what a file without the directive means
	if file.Go != nil {
		i.goVer = file.Go.Version
	}
	for _, r := range file.Require {
		i.requires = append(i.requires, r.Mod)
	}
	return i
}

// complete tells whether the requirements list everything that the packages need.
func (i *modInfo) complete() bool { return semver.Compare("v"+i.goVer, "v1.17") >= 0 }

// info reads the go.mod file of a module version.
func (w *world) info(m module.Version) (*modInfo, error) {
	if i, ok := w.infos[m]; ok {
		return i, nil
	}
	actual, dir := w.replaced(m)
	if dir != "" {
		p, err := readProject(dir)
		if err != nil {
			return nil, err
		}
		i := newModInfo(p.file)
		w.infos[m] = i
		return i, nil
	}
	data, err := w.fetcher.Mod(w.ctx, actual)
	if err != nil {
		return nil, err
	}
	i, err := parseMod(actual.Path+"@"+actual.Version+"/go.mod", data)
	if err != nil {
		return nil, err
	}
	w.infos[m] = i
	return i, nil
}

// replaced applies the replace directives of the modules that are worked on: another
// module, or a folder.
func (w *world) replaced(m module.Version) (actual module.Version, dir string) {
	for _, p := range w.local {
		for _, r := range p.file.Replace {
			if r.Old.Path != m.Path || r.Old.Version != "" && r.Old.Version != m.Version {
				continue
			}
			if r.New.Version != "" {
				return r.New, ""
			}
			dir := filepath.FromSlash(r.New.Path)
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(p.dir, dir)
			}
			return m, dir
		}
	}
	return m, ""
}

// solve selects the versions.
func (w *world) solve() error {
	w.list = map[string]string{}
	w.pinned = map[string]string{}
	seen := map[module.Version]bool{}
	var queue []module.Version
	want := func(m module.Version, follow bool) {
		if w.own(m.Path) != nil || excluded(w.local, m) {
			return
		}
		if pin := w.set.pin(m.Path); pin != "" && pin != m.Version {
			w.pinned[m.Path] = maxVersion(w.pinned[m.Path], m.Version)
			m.Version = pin
		}
		w.list[m.Path] = maxVersion(w.list[m.Path], m.Version)
		if follow && !seen[m] {
			seen[m] = true
			queue = append(queue, m)
		}
	}
	for _, p := range w.local {
		for _, r := range p.file.Require {
			want(r.Mod, true)
		}
	}
	for _, required := range []map[string]string{w.roots, w.via} {
		for path, v := range required {
			want(module.Version{Path: path, Version: v}, true)
		}
	}
	for len(queue) > 0 {
		m := queue[0]
		queue = queue[1:]
		i, err := w.info(m)
		if err != nil {
			return err
		}
		for _, r := range i.requires {
			want(r, !i.complete())
		}
	}
	return nil
}

func maxVersion(a, b string) string {
	if a == "" || semver.Compare(a, b) < 0 {
		return b
	}
	return a
}

func excluded(local []*project, m module.Version) bool {
	for _, p := range local {
		for _, x := range p.file.Exclude {
			if x.Mod == m {
				return true
			}
		}
	}
	return false
}

// own returns the module that is worked on and has a path, or nil.
func (w *world) own(path string) *project {
	for _, p := range w.local {
		if p.path == path {
			return p
		}
	}
	return nil
}

// below tells whether a package may belong to a module, and in which folder it would be.
func below(pkg, mod string) (dir string, ok bool) {
	if pkg == mod {
		return ".", true
	}
	rest, ok := strings.CutPrefix(pkg, mod+"/")
	return rest, ok
}
