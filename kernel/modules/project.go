package modules

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// project is a module on disk that is worked on.
type project struct {
	path string
	dir  string
	file *modfile.File
}

// readProject reads the module in a folder. A folder without a go.mod file is a module of
// its own name that requires nothing.
func readProject(dir string) (*project, error) {
	name := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		p := &project{path: filepath.Base(dir), dir: dir, file: &modfile.File{}}
		p.file.Go = &modfile.Go{Version: "1.26"}
		if err := module.CheckImportPath(p.path); err != nil {
			return nil, fmt.Errorf("modules: %s has no go.mod and its name is no import path: %w",
				dir, err)
		}
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	file, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, fmt.Errorf("modules: %w", err)
	}
	if file.Module == nil {
		return nil, fmt.Errorf("modules: %s has no module line", name)
	}
	return &project{path: file.Module.Mod.Path, dir: dir, file: file}, nil
}

// upwards finds the folder with a go.mod file at or above dir.
func upwards(dir string) (string, bool) {
	for {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && !info.IsDir() {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// sums is the go.sum file of the module, if it has one.
func (p *project) sums() []byte {
	data, err := os.ReadFile(filepath.Join(p.dir, "go.sum"))
	if err != nil {
		return nil
	}
	return data
}
