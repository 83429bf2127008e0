package modules

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// sessionName is the module path of the session.
const sessionName = "session"

// Module is a module of the session.
type Module struct {
	Path, Version string
	Folder        string // of a local module
	Indirect      bool   // needed by others only
	Compiled      bool   // packages of it are compiled into the kernel
}

// List returns the modules whose packages the session uses, in the order of their paths.
func (s *Set) List() []Module {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world == nil {
		return nil
	}
	w := s.world
	var out []Module
	for _, p := range w.local {
		out = append(out, Module{Path: p.path, Folder: p.dir})
	}
	for _, mod := range slices.Sorted(maps.Keys(w.needed())) {
		_, direct := w.roots[mod]
		out = append(out, Module{Path: mod, Version: w.list[mod], Indirect: !direct,
			Compiled: s.pin(mod) != ""})
	}
	return out
}

// needed are the modules of requirements and of packages that were looked at.
func (w *world) needed() map[string]bool {
	out := map[string]bool{}
	for mod := range w.roots {
		out[mod] = true
	}
	for _, u := range w.units {
		if u.mod.Version != "" && u.err == nil {
			out[u.mod.Path] = true
		}
	}
	return out
}

// ModFile is the go.mod file of the session.
func (s *Set) ModFile() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := &modfile.File{}
	check(f.AddModuleStmt(sessionName))
	goVer := "1.26"
	if s.world != nil {
		goVer = s.world.newest(goVer)
	}
	check(f.AddGoStmt(goVer))
	if s.world != nil {
		s.world.require(f)
		for _, p := range s.world.local {
			check(f.AddRequire(p.path, "v0.0.0"))
			check(f.AddReplace(p.path, "", filepath.ToSlash(p.dir), ""))
		}
	}
	return format(f)
}

// newest is the highest of the language versions of the modules in use.
func (w *world) newest(least string) string {
	for _, u := range w.units {
		if i, ok := w.infos[u.mod]; ok && semver.Compare("v"+i.goVer, "v"+least) > 0 {
			least = i.goVer
		}
	}
	return least
}

// require adds the requirements to a file: those that were asked for, then the others.
func (w *world) require(f *modfile.File) {
	list := f.Require
	for _, mod := range slices.Sorted(maps.Keys(w.needed())) {
		_, direct := w.roots[mod]
		found := false
		for _, r := range list {
			if r.Mod.Path == mod {
				found = true
				r.Indirect = r.Indirect && !direct
				r.Mod.Version = maxVersion(r.Mod.Version, w.list[mod])
			}
		}
		if !found {
			list = append(list, &modfile.Require{
				Mod: module.Version{Path: mod, Version: w.list[mod]}, Indirect: !direct,
			})
		}
	}
	f.SetRequireSeparateIndirect(list)
}

// check panics for errors that only a fault here can cause.
func check(err error) {
	if err != nil {
		panic("modules: " + err.Error())
	}
}

func format(f *modfile.File) []byte {
	f.Cleanup()
	data, err := f.Format()
	check(err)
	return data
}

// SumFile is the go.sum file of the session.
func (s *Set) SumFile() []byte { return s.sums.Bytes() }

// Save writes go.mod and go.sum into a folder. Files that are there already get what is
// missing in them.
func (s *Set) Save(dir string) error {
	mod := s.ModFile()
	name := filepath.Join(dir, "go.mod")
	old, err := os.ReadFile(name)
	switch {
	case err == nil:
		f, err := modfile.Parse(name, old, nil)
		if err != nil {
			return fmt.Errorf("modules: %w", err)
		}
		s.mu.Lock()
		if s.world != nil {
			s.world.require(f)
		}
		s.mu.Unlock()
		mod = format(f)
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("modules: %w", err)
	}
	if err := os.WriteFile(name, mod, 0o666); err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	name = filepath.Join(dir, "go.sum")
	sums, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("modules: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(sums)+"\n"+string(s.SumFile())), "\n")
	slices.Sort(lines)
	lines = slices.DeleteFunc(slices.Compact(lines), func(l string) bool { return l == "" })
	if len(lines) == 0 {
		return nil
	}
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		return fmt.Errorf("modules: %w", err)
	}
	return nil
}

// Paths lists what can be imported: compiled packages and those that were fetched.
func (s *Set) Paths() []string {
	var out []string
	if s.o.Paths != nil {
		out = s.o.Paths()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world != nil {
		for path, u := range s.world.units {
			if u.err == nil && s.mayShow(path) {
				out = append(out, path)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mayShow tells whether users import a package: one that they named, or a local one.
func (s *Set) mayShow(path string) bool {
	return s.wanted[path] || s.world.units[path].tree.folder != ""
}
