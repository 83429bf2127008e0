package symbols

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
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
