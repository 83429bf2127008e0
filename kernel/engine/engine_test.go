package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/engine"
	"cliplab/kernel/symbols"
)

// program is one package loaded into an engine.
type program struct {
	e    *engine.Engine
	pkg  *types.Package
	unit *engine.Unit
}

func load(t testing.TB, src string) *program {
	t.Helper()
	e := engine.New(engine.Config{Packages: symbols.New(), MaxAlloc: 64 << 20})
	p, err := loadInto(e, token.NewFileSet(), "In[1]", src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func loadInto(e *engine.Engine, fset *token.FileSet, name, src string) (*program, error) {
	file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		FileVersions: map[*ast.File]string{},
	}
	conf := types.Config{Importer: e, GoVersion: "go1.26"}
	pkg, err := conf.Check("main", fset, []*ast.File{file}, info)
	if err != nil {
		return nil, err
	}
	u, err := e.Load(fset, pkg, info, []*ast.File{file})
	if err != nil {
		return nil, err
	}
	return &program{e, pkg, u}, nil
}

// run initialises the package and calls its main.
func (p *program) run(x *engine.Exec) error {
	if err := p.e.RunInit(x, p.unit); err != nil {
		return err
	}
	return p.e.Run(x, p.pkg.Scope().Lookup("main").(*types.Func))
}

// output runs a program and returns what it printed and how it ended.
func (p *program) output() string {
	var out bytes.Buffer
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = &out, &out
	err := p.run(x)
	var pn *engine.Panic
	if errors.As(err, &pn) {
		fmt.Fprintf(&out, "panic: %s\n", pn.Error())
		for _, f := range pn.Frames {
			fmt.Fprintf(&out, "\t%s %s\n", f.Func, f.Pos)
		}
	} else if err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return out.String()
}

// TestPrograms runs the programs of testdata: each archive holds pairs of files,
// name.go and name.want.
func TestPrograms(t *testing.T) {
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".txtar") {
			continue
		}
		ar, err := txtar.ParseFile("testdata/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, m := range ar.Files {
			want[m.Name] = string(m.Data)
		}
		for _, m := range ar.Files {
			name, ok := strings.CutSuffix(m.Name, ".go")
			if !ok {
				continue
			}
			t.Run(strings.TrimSuffix(f.Name(), ".txtar")+"/"+name, func(t *testing.T) {
				got := load(t, string(m.Data)).output()
				if w := want[name+".want"]; got != w {
					t.Errorf("got:\n%s\nwant:\n%s", got, w)
				}
			})
		}
	}
}
