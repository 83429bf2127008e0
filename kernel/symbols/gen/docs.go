package main

import (
	"encoding/json"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/go/packages"
)

// longestDoc is where a doc comment is cut, at the end of a sentence.
const longestDoc = 1200

// docArchive packs the doc comments of every package: one JSON object for each, from symbol to
// text. Fields and methods are T.F, the package itself is "".
func docArchive(loaded []*packages.Package, sources []string) ([]byte, error) {
	names := map[string][]string{}
	for _, p := range loaded {
		names[p.PkgPath] = p.GoFiles
	}
	for _, path := range sources {
		pkg, err := build.Default.Import(path, "", 0)
		if err != nil {
			return nil, err
		}
		for _, name := range pkg.GoFiles {
			names[path] = append(names[path], filepath.Join(pkg.Dir, name))
		}
	}
	files := map[string][]byte{}
	for path, list := range names {
		texts, err := docsOf(path, list)
		if err != nil {
			return nil, err
		}
		if files[path], err = json.Marshal(texts); err != nil {
			return nil, err
		}
	}
	return pack(files)
}

// docsOf reads the doc comments of one package.
func docsOf(path string, names []string) (docs, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(fset, files, path)
	if err != nil {
		return nil, err
	}
	d := docs{}
	d.add("", p.Doc)
	d.values(p.Consts, p.Vars)
	d.funcs("", p.Funcs)
	for _, t := range p.Types {
		d.add(t.Name, t.Doc)
		d.values(t.Consts, t.Vars)
		d.funcs("", t.Funcs)
		d.funcs(t.Name+".", t.Methods)
		d.fields(t)
	}
	return d, nil
}

// docs is the doc comments of one package by symbol.
type docs map[string]string

func (d docs) add(symbol, text string) {
	if text = trim(strings.TrimSpace(text)); text != "" {
		d[symbol] = text
	}
}

func (d docs) funcs(prefix string, list []*doc.Func) {
	for _, f := range list {
		d.add(prefix+f.Name, f.Doc)
	}
}

// values adds constants and variables: what stands at the name, else what stands at the group.
func (d docs) values(groups ...[]*doc.Value) {
	for _, list := range groups {
		for _, v := range list {
			for _, s := range v.Decl.Specs {
				spec := s.(*ast.ValueSpec)
				text := own(spec.Doc, spec.Comment)
				if text == "" {
					text = v.Doc
				}
				for _, id := range spec.Names {
					if id.IsExported() {
						d.add(id.Name, text)
					}
				}
			}
		}
	}
}

// fields adds the fields of a struct and the methods of an interface.
func (d docs) fields(t *doc.Type) {
	for _, s := range t.Decl.Specs {
		var list *ast.FieldList
		switch x := s.(*ast.TypeSpec).Type.(type) {
		case *ast.StructType:
			list = x.Fields
		case *ast.InterfaceType:
			list = x.Methods
		default:
			continue
		}
		for _, f := range list.List {
			for _, id := range f.Names {
				d.add(t.Name+"."+id.Name, own(f.Doc, f.Comment))
			}
		}
	}
}

// own is the comment above a name, else the one behind it.
func own(above, behind *ast.CommentGroup) string {
	if text := above.Text(); text != "" {
		return text
	}
	return behind.Text()
}

// trim cuts a long text at the end of a paragraph or sentence, else of a word.
func trim(text string) string {
	if len(text) <= longestDoc {
		return text
	}
	head := text[:longestDoc]
	for !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	for _, end := range []string{"\n\n", ". ", ".\n"} {
		if i := strings.LastIndex(head, end); i > longestDoc/2 {
			return strings.TrimSpace(head[:i+1]) + " …"
		}
	}
	return head[:max(strings.LastIndexAny(head, " \n"), 0)] + " …"
}
