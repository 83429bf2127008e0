package modules

import (
	"go/ast"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzEmbed reads directives as packages may hold them: whatever they say, only files below
// the package are named.
func FuzzEmbed(f *testing.F) {
	for _, s := range []string{
		"//go:embed a.txt", "//go:embed \"with space\" `raw`", "//go:embed all:dir *.md", "//go:embed",
		"//go:embed ../x /etc", "//go:embed \"unfinished", "//go:embed [", "//go:embed ./. .",
	} {
		f.Add(s)
	}
	files := fstest.MapFS{}
	for _, name := range []string{"p/a.txt", "p/dir/.h", "p/dir/b.md", "p/[x]/c", "q/secret", "top"} {
		files[name] = &fstest.MapFile{Data: []byte(name)}
	}
	u := &unit{path: "p", dir: "p", tree: &tree{files: files}}
	f.Fuzz(func(t *testing.T, line string) {
		doc := &ast.CommentGroup{List: []*ast.Comment{{Text: line}}}
		patterns, err := embedPatterns(doc)
		if err != nil {
			return
		}
		names, err := u.embedFiles(patterns)
		if err != nil {
			return
		}
		for _, name := range names {
			if data, err := fs.ReadFile(files, "p/"+name); err != nil ||
				!strings.HasPrefix(string(data), "p/") {
				t.Errorf("%q names %q: %v", line, name, err)
			}
		}
	})
}
