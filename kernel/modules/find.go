package modules

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/module"

	"cliplab/kernel/modules/fetch"
)

// find looks for the module of a package at the proxies, the longest path first, and then
// in version control.
func (g *getter) find(path, query string) (module.Version, error) {
	m, err := g.findAt(g.w.fetcher.Proxied(), path, query)
	if errors.Is(err, fetch.ErrUnknown) {
		if m, e := g.findAt(g.w.fetcher, path, query); e == nil {
			return m, nil
		}
	}
	return m, err
}

// findAt asks one way. Without network a longer path may be a module that nobody can ask
// for, while a shorter one is in the module cache and has the package.
func (g *getter) findAt(f *fetch.Fetcher, path, query string) (module.Version, error) {
	var first, unreachable error
	for prefix := path; prefix != "."; prefix = parent(prefix) {
		m, err := g.candidate(f, path, prefix, query)
		if err == nil {
			if unreachable != nil && !errors.Is(unreachable, fetch.ErrOffline) {
				g.log(fmt.Sprintf("go: no answer from the proxies; %s %s is in the module cache",
					m.Path, m.Version))
			}
			return m, nil
		}
		var none *Error
		isNone := errors.As(err, &none)
		switch {
		case g.w.ctx.Err() != nil:
			return m, err
		case !isNone && !errors.Is(err, fetch.ErrUnknown):
			f = f.Offline()
			unreachable = cmp.Or(unreachable, err)
		case first == nil || isNone && !none.bad:
			first = err
		}
	}
	if unreachable != nil {
		return module.Version{}, unreachable
	}
	return module.Version{}, fmt.Errorf("modules: no module has package %s: %w", path, first)
}

// parent is a path without its last part, "." if it has but one.
func parent(prefix string) string {
	i := strings.LastIndexByte(prefix, '/')
	if i < 0 {
		return "."
	}
	return prefix[:i]
}

// candidate tells whether a module exists and has a package.
func (g *getter) candidate(f *fetch.Fetcher, path, mod, query string) (
	m module.Version, err error,
) {
	if err := module.CheckPath(mod); err != nil || shortHost(mod) {
		return m, &Error{Path: path, Msg: mod + " is no module path", bad: true}
	}
	m = module.Version{Path: mod}
	if m.Version = g.pin(mod); m.Version == "" || m.Version == query {
		m.Version, err = f.Resolve(g.w.ctx, mod, query)
		if err != nil {
			return m, err
		}
	} else if query != "" {
		g.log(fmt.Sprintf("go: %s %s is compiled into the kernel; %s is not used",
			mod, m.Version, query))
	}
	if path == mod {
		return m, nil
	}
	t, err := g.w.tree(m)
	if err != nil {
		return m, err
	}
	dir, _ := below(path, mod)
	if !t.goFiles(dir) && len(t.packages(dir)) == 0 {
		return m, &Error{Path: path,
			Msg: fmt.Sprintf("module %s %s has no package %s", mod, m.Version, path)}
	}
	return m, nil
}

// shortHost tells whether a path names only an owner at a host where modules are further
// down; asking for it would cost a request.
func shortHost(path string) bool {
	host, _, _ := strings.Cut(path, "/")
	switch host {
	case "github.com", "gitlab.com", "bitbucket.org", "codeberg.org":
		return strings.Count(path, "/") < 2
	case "golang.org", "gopkg.in":
		return !strings.Contains(path, "/")
	}
	return false
}
