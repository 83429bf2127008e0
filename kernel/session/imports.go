package session

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// importAll resolves the imports of the cell.
func (c *cell) importAll() {
	for _, spec := range c.imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			c.fail(spec.Path.Pos(), "invalid import path "+spec.Path.Value)
			continue
		}
		if path == "C" {
			c.fail(spec.Path.Pos(), `cgo is not supported: import "C"`)
			continue
		}
		c.importOne(spec, path)
	}
	for _, pkg := range c.added {
		c.named[pkg.Name()] = &binding{pkg: pkg, cell: c.src.n}
	}
}

func (c *cell) importOne(spec *ast.ImportSpec, path string) {
	pkg, err := c.s.engine.Import(path)
	if err != nil {
		c.fail(spec.Path.Pos(), fmt.Sprintf("could not import %s: %s", path, c.s.unimportable(path, err)))
		return
	}
	name := pkg.Name()
	if spec.Name != nil {
		name = spec.Name.Name
	}
	switch name {
	case "_":
		if err := c.s.engine.Use(pkg); err != nil {
			c.fail(spec.Path.Pos(), err.Error())
		}
		return
	case ".":
		c.dots = append(c.dots, pkg)
		return
	}
	old := c.named[name]
	switch {
	case old != nil && old.pkg != pkg:
		c.fail(spec.Pos(), fmt.Sprintf("%s redeclared in this cell, by imports of %s and %s",
			name, old.pkg.Path(), path))
	case c.owns(name):
		c.fail(spec.Pos(), fmt.Sprintf("%s is imported and declared in the same cell", name))
	}
	c.named[name] = &binding{pkg: pkg, cell: c.src.n}
}

// commitImports commits a cell that only imports.
func (c *cell) commitImports() {
	for name, b := range c.named {
		c.s.bind(name, b)
	}
	c.s.dots = append(c.s.dots, c.dots...)
}

// unimportable says why a path cannot be imported, and what can be instead.
func (s *Session) unimportable(path string, err error) string {
	var of interface{ Advice() string } // modules know what is the matter with their packages
	if errors.As(err, &of) && of.Advice() != "" {
		return of.Advice()
	}
	if s.opts.Paths == nil {
		return err.Error()
	}
	paths := s.opts.Paths()
	if slices.Contains(paths, path) {
		return err.Error()
	}
	why := fmt.Sprintf("it is not among the %d packages of this kernel", len(paths))
	if near := nearest(path, paths); near != "" {
		return why + fmt.Sprintf("; did you mean %q?", near)
	}
	if last := s.remedy(path[strings.LastIndexByte(path, '/')+1:]); last != "" {
		return why + fmt.Sprintf("; did you mean %q?", last)
	}
	return why + ": the standard library, gonum, gorgonia, cliplab and a few more"
}

// remedy names the import that would define name, if there is one.
func (s *Session) remedy(name string) string {
	if paths := s.pathsNamed(name); len(paths) > 0 {
		return paths[0]
	}
	return ""
}

// better prefers short paths: fmt to x/y/fmt.
func better(a, b string) bool {
	if n, m := strings.Count(a, "/"), strings.Count(b, "/"); n != m {
		return n < m
	}
	return a < b
}
