package conform

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
	"path/filepath"
	"strings"
	"sync"

	"cliplab/kernel/engine"
)

// Outcome is how a program went.
type Outcome struct {
	File    string  `json:"file"`
	Passed  bool    `json:"passed"`
	Reason  string  `json:"reason,omitempty"` // why it failed, in one line
	Seconds float64 `json:"seconds"`
}

// One runs a program in this process, which it may end, and tells why it failed; "" is passed.
func One(file string, packages engine.Packages) string {
	args, _ := arguments(file)
	files := []string{file}
	for len(args) > 0 && strings.HasSuffix(args[0], ".go") {
		files = append(files, filepath.Join(filepath.Dir(file), args[0]))
		args = args[1:]
	}
	os.Args = append([]string{strings.TrimSuffix(filepath.Base(file), ".go")}, args...)
	want, err := os.ReadFile(strings.TrimSuffix(file, ".go") + ".out")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	out, err := run(files, packages)
	if err != nil {
		return oneLine(err.Error() + said(out))
	}
	if !bytes.Equal(out, want) {
		return oneLine(difference(string(out), string(want)))
	}
	return ""
}

// run compiles and runs a program and returns what it printed.
func run(names []string, packages engine.Packages) ([]byte, error) {
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(fset, filepath.Base(name), src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	e := engine.New(engine.Config{Packages: packages})
	info := engine.NewInfo()
	conf := types.Config{Importer: e, GoVersion: "go1.26"}
	pkg, err := conf.Check("main", fset, files, info)
	if err != nil {
		return nil, err
	}
	unit, err := e.Load(fset, pkg, info, files)
	if err != nil {
		return nil, err
	}
	out := &output{}
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = out, out
	if err = e.RunInit(x, unit); err == nil {
		err = e.Run(x, pkg.Scope().Lookup("main").(*types.Func))
	}
	return out.bytes(), ended(err)
}

// ended is nil for a program that ended well, and says where it failed otherwise.
func ended(err error) error {
	var exit *engine.ExitError
	var p *engine.Panic
	switch {
	case errors.As(err, &exit) && exit.Code == 0:
		return nil
	case errors.As(err, &p):
		where := ""
		for _, f := range p.Frames {
			if !f.Native {
				where = fmt.Sprintf(" in %s at line %d", f.Func, f.Pos.Line)
				break
			}
		}
		return fmt.Errorf("panic: %s%s", p.Error(), where)
	}
	return err
}

// output collects what goroutines print, also after the program has ended.
type output struct {
	mu sync.Mutex
	b  []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b = append(o.b, p...)
	return len(p), nil
}

func (o *output) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.b)
}

// said quotes the beginning of what a failed program printed.
func said(out []byte) string {
	if len(out) == 0 {
		return ""
	}
	return "; printed " + string(out)
}

// difference tells the first line in which two outputs differ.
func difference(got, want string) string {
	g, w := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range w {
		if i >= len(g) {
			return fmt.Sprintf("printed %d lines of %d", len(g), len(w))
		}
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: printed %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("printed %d lines more: %q", len(g)-len(w), g[len(w)-1])
}

// oneLine shortens a reason.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 240 {
		s = strings.ToValidUTF8(s[:240], "") + " …"
	}
	return s
}
