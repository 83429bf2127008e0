package modules

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"time"
)

// bodiless refuses a package with functions that only an assembler or a linker could give
// a body, unless their bodies are known here.
func (u *unit) bodiless(fset *token.FileSet, assembly []string) error {
	for _, f := range u.files {
		links := linknames(f)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body != nil {
				continue
			}
			if body, ok := linked[links[fn.Name.Name]]; ok && fn.Recv == nil {
				if u.bodies == nil {
					u.bodies = map[string]reflect.Value{}
				}
				u.bodies[fn.Name.Name] = reflect.ValueOf(body)
				continue
			}
			return refuse(u.path, "%s: %s", place(fset, fn.Pos()), u.whyBodiless(fn, links, assembly))
		}
	}
	return nil
}

// whyBodiless says where the body of a function would come from.
func (u *unit) whyBodiless(fn *ast.FuncDecl, links map[string]string, assembly []string) string {
	if to, ok := links[fn.Name.Name]; ok {
		return fmt.Sprintf("func %s is linked to %s (//go:linkname), for which a linker is needed",
			fn.Name.Name, to)
	}
	needle := []byte("·" + fn.Name.Name + "(")
	for _, name := range assembly {
		if data, err := fs.ReadFile(u.tree.files, path.Join(u.dir, name)); err == nil &&
			bytes.Contains(data, needle) {
			return fmt.Sprintf("func %s is written in assembly (%s)", fn.Name.Name, name)
		}
	}
	return fmt.Sprintf("func %s has no body", fn.Name.Name)
}

// linknames lists the directives //go:linkname local remote of a file.
func linknames(f *ast.File) map[string]string {
	links := map[string]string{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			fields := strings.Fields(c.Text)
			if len(fields) == 3 && fields[0] == "//go:linkname" {
				links[fields[1]] = fields[2]
			}
		}
	}
	return links
}

// linked are functions of the runtime that packages link to, and what serves as well.
var linked = map[string]any{
	"runtime.nanotime":     nanotime,
	"runtime.fastrand":     rand.Uint32,
	"runtime.cheaprand":    rand.Uint32,
	"runtime.fastrand64":   rand.Uint64,
	"runtime.rand":         rand.Uint64,
	"runtime.fastrandn":    randBelow,
	"runtime.cheaprandn":   randBelow,
	"runtime_rand":         rand.Uint64,
	"runtime.getAuxv":      func() []uintptr { return nil },
	"runtime.procyield":    func(uint32) {},
	"sync.runtime_doSpin":  func() {},
	"sync.runtime_canSpin": func(int) bool { return false },
}

var started = time.Now()

func nanotime() int64 { return int64(time.Since(started)) }

func randBelow(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	return rand.Uint32N(n)
}

// place is the base name and line of a position.
func place(fset *token.FileSet, pos token.Pos) string {
	p := fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}
