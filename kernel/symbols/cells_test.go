package symbols_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// Cells use the compiled packages: testdata/*.txtar holds cells, each followed by what it
// prints and shows, or by the error in which it ends.
func TestCells(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			s := session.New(session.Options{Packages: symbols.New(), Paths: symbols.Paths})
			for i := 0; i+1 < len(a.Files); i += 2 {
				cell := string(a.Files[i].Data)
				want := strings.TrimSuffix(string(a.Files[i+1].Data), "\n")
				if got := run(s, cell); got != want {
					t.Errorf("cell\n%sgives\n%s\nwant\n%s", cell, got, want)
				}
			}
		})
	}
}

// run gives what a cell prints and then its value or error.
func run(s *session.Session, cell string) string {
	var out bytes.Buffer
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = &out, &out
	r, err := s.Execute(strings.TrimSuffix(cell, "\n"), x)
	switch {
	case err != nil:
		fmt.Fprintln(&out, "error:", err)
	case !r.Quiet && len(r.Values) > 0:
		for i, v := range r.Values {
			if i > 0 {
				out.WriteByte(' ')
			}
			fmt.Fprint(&out, v)
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}
