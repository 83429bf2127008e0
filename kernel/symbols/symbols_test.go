package symbols

import (
	"bytes"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"cliplab/kernel/rtype"
)

// Every table must be what the generator makes of the packages as they are now.
func TestTablesAreFresh(t *testing.T) {
	out := t.TempDir()
	if message, err := exec.Command("go", "run", "./gen", "-out", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	names, err := filepath.Glob(filepath.Join(out, "z*"))
	if err != nil || len(names) < 100 {
		t.Fatalf("the generator wrote %d files: %v", len(names), err)
	}
	here, _ := filepath.Glob("z*")
	if len(here) != len(names) {
		t.Errorf("%d tables here, %d fresh ones", len(here), len(names))
	}
	for _, name := range names {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Base(name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./kernel/symbols", filepath.Base(name))
		}
	}
}

func TestImportsAreQuick(t *testing.T) {
	for _, path := range []string{"fmt", "net/http", "gorgonia.org/gorgonia"} {
		start := time.Now()
		pkg, err := New().Types(path)
		if err != nil || !pkg.Complete() {
			t.Fatalf("%s: %v", path, err)
		}
		elapsed := time.Since(start)
		t.Logf("%s: %v", path, elapsed)
		if elapsed > 500*time.Millisecond {
			t.Errorf("%s took %v", path, elapsed)
		}
	}
}

// The run-time type of every compiled function must be what the bridge makes of its
// signature, and the same for variables and types: then values pass between both worlds.
func TestTypesAgreeWithTheCompiler(t *testing.T) {
	table := New()
	bridge := rtype.New(rtype.Config{Native: nativeOf(table)})
	functions := 0
	for _, path := range Paths() {
		pkg, err := table.Types(path)
		if err != nil {
			t.Error(err)
			continue
		}
		values, _ := table.Natives(path)
		for name, f := range values.Funcs {
			agree(t, bridge, pkg, name, f.Type())
			functions++
		}
		for name, v := range values.Vars {
			agree(t, bridge, pkg, name, v.Type().Elem())
		}
		for name, rt := range values.Types {
			agree(t, bridge, pkg, name, rt)
		}
	}
	t.Logf("%d functions", functions)
}

func agree(t *testing.T, bridge *rtype.Bridge, pkg *types.Package, name string, want reflect.Type) {
	object := pkg.Scope().Lookup(name)
	if object == nil {
		t.Errorf("%s.%s has a value and no type", pkg.Path(), name)
		return
	}
	got, err := bridge.Of(object.Type())
	if err != nil {
		t.Errorf("%s.%s: %v", pkg.Path(), name, err)
		return
	}
	if got != want && got.String() != want.String() {
		t.Errorf("%s.%s: %v, compiled %v", pkg.Path(), name, got, want)
	}
}

// nativeOf finds the compiled type of a named type as the engine does.
func nativeOf(table *Table) func(*types.Named) (reflect.Type, bool) {
	tables := map[string]map[string]reflect.Type{}
	return func(n *types.Named) (reflect.Type, bool) {
		if n.Obj().Pkg() == nil || n.TypeArgs().Len() > 0 {
			return nil, false
		}
		path := n.Obj().Pkg().Path()
		if tables[path] == nil {
			tables[path] = map[string]reflect.Type{}
			if values, ok := table.Natives(path); ok {
				tables[path] = values.Types
			}
		}
		rt, ok := tables[path][n.Obj().Name()]
		return rt, ok
	}
}

func TestUnknownPackage(t *testing.T) {
	if _, err := New().Types("no/such"); err == nil {
		t.Error("no/such was imported")
	}
}

func TestSources(t *testing.T) {
	for _, path := range []string{"slices", "maps", "cmp", "iter"} {
		if files, ok := New().Source(path); !ok || len(files) == 0 {
			t.Errorf("%s has no source", path)
		}
	}
	if _, ok := New().Source("fmt"); ok {
		t.Error("fmt has a source")
	}
}
