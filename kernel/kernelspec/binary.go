package kernelspec

import (
	"path/filepath"
	"strings"
)

// Binary returns the path of the running program that lasts, and whether it lasts at all: what
// go run and go test build goes away. executable is the program's own idea of its path.
func (p *Places) Binary(executable string) (path string, lasting bool) {
	real, err := filepath.EvalSymlinks(executable)
	if err != nil {
		real = executable
	}
	if p.passing(real) || p.passing(executable) {
		return real, false
	}
	// A package manager links the program on PATH to one folder a version: the link stays.
	if onPath, err := p.Look("cliplab"); err == nil {
		abs, err := filepath.Abs(onPath)
		if target, linkErr := filepath.EvalSymlinks(abs); err == nil && linkErr == nil &&
			target == real && !p.passing(abs) {
			return abs, true
		}
	}
	return real, true
}

// passing says that a program lies where Go builds what it runs once: go-build in the cache or
// in the temporary folder.
func (p *Places) passing(path string) bool {
	for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if strings.HasPrefix(part, "go-build") {
			return true
		}
	}
	for _, dir := range []string{p.Getenv("GOCACHE"), p.Getenv("GOTMPDIR"), p.Temp} {
		if dir == "" {
			continue
		}
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}
