package session

import (
	"fmt"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// preferred says which package a name means first, where several have it. A package further
// down the list is taken when only it has what the cell uses.
var preferred = map[string][]string{
	"rand":     {"math/rand", "math/rand/v2", "crypto/rand"},
	"template": {"text/template", "html/template"},
	"scanner":  {"text/scanner", "go/scanner"},
	"color":    {"image/color"},
	"draw":     {"image/draw", "golang.org/x/image/draw", "gonum.org/v1/plot/vg/draw"},
	"tensor":   {"cliplab/lab/tensor", "gorgonia.org/tensor"},
	"graph":    {"cliplab/lab/graph"},
	"display":  {"cliplab/kernel/display"},
	"pprof":    {"runtime/pprof", "net/http/pprof"},
	"cmp":      {"cmp"},
	"plot":     {"gonum.org/v1/plot"},
}

// bare is the message for an identifier that means nothing.
var bare = regexp.MustCompile(`^undefined: (` + letters + `)(?: \(|;|$)`)

// missing finds the packages that a cell uses without importing them: names before a period
// that mean nothing, and that are the name of a package which has what stands behind it.
func (c *cell) missing() []*types.Package {
	var found []*types.Package
	seen := map[string]bool{}
	for _, d := range c.diags {
		part := bare.FindStringSubmatch(d.Msg)
		if part == nil || seen[part[1]] {
			continue
		}
		seen[part[1]] = true
		if members := c.members(part[1]); len(members) > 0 {
			if pkg := c.s.packageWith(part[1], members); pkg != nil {
				found = append(found, pkg)
			}
		}
	}
	return found
}

// members are the identifiers that the cell writes behind name and a period.
func (c *cell) members(name string) []string {
	var all []string
	list := c.pieces.lexemes
	for i := 0; i+2 < len(list); i++ {
		if list[i].tok == token.IDENT && list[i].lit == name && list[i+1].tok == token.PERIOD &&
			list[i+2].tok == token.IDENT && (i == 0 || list[i-1].tok != token.PERIOD) {
			all = append(all, list[i+2].lit)
		}
	}
	return all
}

// packageWith is the package of a name that exports all members, or nil.
func (s *Session) packageWith(name string, members []string) *types.Package {
	for _, path := range s.pathsNamed(name) {
		pkg, err := s.engine.Import(path)
		if err != nil || pkg.Name() != name {
			continue
		}
		lacks := func(member string) bool {
			obj := pkg.Scope().Lookup(member)
			return obj == nil || !obj.Exported()
		}
		if !slices.ContainsFunc(members, lacks) {
			return pkg
		}
	}
	return nil
}

// pathsNamed lists the paths that end in a package name, the most likely first.
func (s *Session) pathsNamed(name string) []string {
	if s.opts.Paths == nil {
		return nil
	}
	var paths []string
	for _, path := range s.opts.Paths() {
		if lastName(path) == name {
			paths = append(paths, path)
		}
	}
	first := preferred[name]
	slices.SortStableFunc(paths, func(a, b string) int {
		i, j := slices.Index(first, a), slices.Index(first, b)
		switch {
		case i == j:
			if better(a, b) {
				return -1
			}
			return 1
		case i < 0:
			return 1
		case j < 0:
			return -1
		}
		return i - j
	})
	return paths
}

// lastName is the name that a package of this path has most likely: its last element, or the
// one before a version.
func lastName(path string) string {
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if n := len(parts); n > 1 && len(last) > 1 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9' {
		return parts[n-2]
	}
	return last
}

// again compiles the cell with packages that it forgot to import.
func (c *cell) again(added []*types.Package, r *Result) (*cell, error) {
	retry := c.s.newCell(c.src.n, string(c.src.text))
	retry.src, retry.added = c.src, added
	err := retry.compileSafely(r)
	if err != nil {
		return retry, err
	}
	r.Notes = append(r.Notes, c.s.noteOf(added))
	return retry, nil
}

// noteOf says in one line which imports were added, and which packages have the same name.
func (s *Session) noteOf(added []*types.Package) string {
	var paths []string
	for _, pkg := range added {
		path := strconv.Quote(pkg.Path())
		others := slices.DeleteFunc(s.pathsNamed(pkg.Name()),
			func(other string) bool { return other == pkg.Path() })
		if len(others) > 0 && pkg.Name() != "display" {
			path += fmt.Sprintf(" (also of that name: %s)", strings.Join(others, ", "))
		}
		paths = append(paths, path)
	}
	if len(paths) == 1 {
		return "added import " + paths[0]
	}
	return "added imports " + strings.Join(paths, ", ")
}
