package house

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	maxFile     = 500 // lines
	maxFunction = 80  // lines
	maxLine     = 100 // columns, a tab counted as one
)

// source is one parsed Go file of the module.
type source struct {
	path    string // relative to the module, with slashes
	pkg     string // its folder
	lines   []string
	file    *ast.File
	fset    *token.FileSet
	written bool // by hand, not by a generator
}

// TestHouse judges every Go file of the module.
func TestHouse(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sources := read(t, root)
	if len(sources) < 50 {
		t.Fatalf("found only %d Go files under %s", len(sources), root)
	}
	docs := map[string]bool{}
	for _, s := range sources {
		docs[s.pkg] = docs[s.pkg] || strings.HasSuffix(s.path, "/doc.go")
	}
	directions, doors := table(t, "directions.txt"), table(t, "doors.txt")
	for _, s := range sources {
		if !docs[s.pkg] && s.file.Name.Name != "main" {
			t.Errorf("%s: the package has no doc.go", s.pkg)
			docs[s.pkg] = true // said once
		}
		for _, complaint := range judge(s, directions, doors) {
			t.Error(complaint)
		}
	}
}

func judge(s source, directions, doors map[string][]string) []string {
	complaints := imports(s, directions, doors)
	if !s.written {
		return complaints
	}
	complaints = append(complaints, sizes(s)...)
	if !strings.HasSuffix(s.path, "_test.go") {
		complaints = append(complaints, documented(s)...)
	}
	switch s.file.Name.Name {
	case "util", "utils", "common", "helpers", "misc":
		complaints = append(complaints, fmt.Sprintf("%s: package %s is not a noun of the field",
			s.path, s.file.Name.Name))
	}
	return complaints
}

// read parses every Go file outside testdata and dot folders.
func read(t *testing.T, root string) []source {
	var sources []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (name == "testdata" || name == "tmp" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, rel, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		sources = append(sources, source{
			path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), file: file, fset: fset,
			lines:   strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"),
			written: !ast.IsGenerated(file),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// table reads lines "key -> value value" and skips comments.
func table(t *testing.T, name string) map[string][]string {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rules := map[string][]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if key, values, ok := strings.Cut(line, "->"); ok {
			rules[strings.TrimSpace(key)] = strings.Fields(values)
		}
	}
	return rules
}

func under(pkg, prefix string) bool {
	return pkg == prefix || strings.HasPrefix(pkg, prefix+"/")
}

// imports checks the directions within the module and the doors to third parties. Tests may
// reach further: they bring together what they judge.
func imports(s source, directions, doors map[string][]string) []string {
	if strings.HasSuffix(s.path, "_test.go") {
		return nil
	}
	var complaints []string
	home, allowed := longest(s.pkg, directions)
	if home == "" {
		complaints = append(complaints, s.path+": no line in directions.txt allows this package")
	}
	for _, spec := range s.file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		if own, ok := strings.CutPrefix(path, "cliplab/"); ok {
			if !under(own, home) && !anyUnder(own, allowed) {
				complaints = append(complaints,
					fmt.Sprintf("%s: %s must not import %s", s.path, s.pkg, own))
			}
			continue
		}
		for door, keepers := range doors {
			if under(path, door) && !anyUnder(s.pkg, keepers) {
				complaints = append(complaints,
					fmt.Sprintf("%s: %s is the affair of %v", s.path, door, keepers))
			}
		}
	}
	return complaints
}

func longest(pkg string, rules map[string][]string) (home string, allowed []string) {
	for key, values := range rules {
		if under(pkg, key) && len(key) > len(home) {
			home, allowed = key, values
		}
	}
	return home, allowed
}

func anyUnder(pkg string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if under(pkg, prefix) {
			return true
		}
	}
	return false
}

// sizes checks the length of the file, of its lines and of its functions.
func sizes(s source) []string {
	var complaints []string
	if len(s.lines) > maxFile {
		complaints = append(complaints,
			fmt.Sprintf("%s: %d lines, over %d", s.path, len(s.lines), maxFile))
	}
	for i, line := range s.lines {
		if n := utf8.RuneCountInString(line); n > maxLine {
			complaints = append(complaints,
				fmt.Sprintf("%s:%d: %d columns, over %d", s.path, i+1, n, maxLine))
		}
	}
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok {
			n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
			if n > maxFunction {
				complaints = append(complaints, fmt.Sprintf("%s: func %s has %d lines, over %d",
					s.fset.Position(f.Pos()), f.Name.Name, n, maxFunction))
			}
		}
	}
	return complaints
}

// documented wants a comment on every exported name; a group's comment serves its members.
func documented(s source) []string {
	var complaints []string
	miss := func(name *ast.Ident) {
		complaints = append(complaints, fmt.Sprintf("%s: exported %s has no comment",
			s.fset.Position(name.Pos()), name.Name))
	}
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !plain(d) {
				miss(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch sp := spec.(type) {
				case *ast.TypeSpec:
					if sp.Name.IsExported() && d.Doc == nil && sp.Doc == nil {
						miss(sp.Name)
					}
				case *ast.ValueSpec:
					for _, name := range sp.Names {
						if name.IsExported() && d.Doc == nil && sp.Doc == nil && sp.Comment == nil {
							miss(name)
						}
					}
				}
			}
		}
	}
	return complaints
}

// plain says that a method is what its name says wherever it occurs.
func plain(f *ast.FuncDecl) bool {
	return f.Recv != nil && (f.Name.Name == "Error" || f.Name.Name == "String")
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	name, ok := t.(*ast.Ident)
	return !ok || name.IsExported()
}
