package modules

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"golang.org/x/mod/module"
)

// tree is the files of a module: in an archive, or in a folder.
type tree struct {
	label  string // what positions start with: module@version, or the folder
	folder string // "" for an archive
	files  fs.FS
}

// openZip reads the directory of an archive; the file stays open as long as the tree is
// used.
func openZip(m module.Version, name string) (*tree, error) {
	r, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("modules: %s@%s: %w", m.Path, m.Version, err)
	}
	label := m.Path + "@" + m.Version
	files, err := fs.Sub(&r.Reader, label)
	if err != nil {
		r.Close()
		return nil, err
	}
	return &tree{label: label, files: files}, nil
}

func openFolder(dir string) *tree {
	return &tree{label: dir, folder: dir, files: os.DirFS(dir)}
}

// goFiles tells whether a folder of the module holds a Go file that is no test.
func (t *tree) goFiles(dir string) bool {
	if t.foreign(dir) {
		return false
	}
	entries, err := fs.ReadDir(t.files, dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if n := e.Name(); strings.HasSuffix(n, ".go") && !strings.HasSuffix(n, "_test.go") && !e.IsDir() {
			return true
		}
	}
	return false
}

// foreign tells whether a folder belongs to a module inside of this one.
func (t *tree) foreign(dir string) bool {
	if t.folder == "" {
		return false
	}
	for dir != "." {
		if _, err := fs.Stat(t.files, path.Join(dir, "go.mod")); err == nil {
			return true
		}
		dir = path.Dir(dir)
	}
	return false
}

// packages lists the folders below dir that hold Go files, for the pattern dir/... .
func (t *tree) packages(dir string) []string {
	var out []string
	_ = fs.WalkDir(t.files, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil
		}
		base := path.Base(name)
		if name != dir && (base == "testdata" || base == "vendor" || base == "internal" ||
			strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			return fs.SkipDir
		}
		if t.goFiles(name) {
			out = append(out, name)
		}
		return nil
	})
	return out
}

// forest opens each module once in the life of a kernel: archives never change.
var forest sync.Map // file name → *tree

func openCached(m module.Version, name string) (*tree, error) {
	if t, ok := forest.Load(name); ok {
		return t.(*tree), nil
	}
	t, err := openZip(m, name)
	if err != nil {
		return nil, err
	}
	got, _ := forest.LoadOrStore(name, t)
	return got.(*tree), nil
}
