package modules

import (
	"embed"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Some packages that cannot run from source are needed by others for next to nothing. These
// are stand-ins, of which the doc comments say what they cannot do.
//
//go:embed standins
var standinFiles embed.FS

// standin returns the files that stand in for a package.
func standin(pkg string) (*tree, bool) {
	dir := path.Join("standins", pkg)
	entries, err := standinFiles.ReadDir(dir)
	if err != nil || !hasFiles(entries) {
		return nil, false
	}
	sub, err := fs.Sub(standinFiles, dir)
	if err != nil {
		return nil, false
	}
	return &tree{label: pkg, files: sources{sub}}, true
}

func hasFiles(entries []fs.DirEntry) bool {
	for _, e := range entries {
		if !e.IsDir() {
			return true
		}
	}
	return false
}

// sources shows x.go.txt, a name that the go command leaves alone, as x.go.
type sources struct{ fs.FS }

func (s sources) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".go") {
		name += ".txt"
	}
	return s.FS.Open(name)
}

func (s sources) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	for i, e := range entries {
		entries[i] = renamed{e, strings.TrimSuffix(e.Name(), ".txt")}
	}
	return entries, err
}

type renamed struct {
	fs.DirEntry
	name string
}

func (r renamed) Name() string { return r.name }

func (r renamed) Info() (fs.FileInfo, error) { return shownInfo{r}, nil }

// shownInfo is all that go/build asks of a file.
type shownInfo struct{ renamed }

func (i shownInfo) Size() int64        { return 0 }
func (i shownInfo) Mode() fs.FileMode  { return i.Type() }
func (i shownInfo) ModTime() time.Time { return time.Time{} }
func (i shownInfo) Sys() any           { return nil }
