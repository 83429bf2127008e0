package modules_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// TestReload edits a package again and again, as one does who writes it beside a notebook:
// each version is the one that runs. Old ones stay, since values and functions of them may be
// in use; they must be small.
func TestReload(t *testing.T) {
	nb := open(t, "")
	nb.write("go.mod", []byte("module mine\n\ngo 1.26\n"))
	const text = `package geo

import "fmt"

type Point struct{ X, Y int }

func (p Point) String() string { return fmt.Sprintf("version %d of (%%d, %%d)", p.X, p.Y) }

var table = make([]byte, 1<<10)

func Size() int { return len(table) }
`
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var before uint64
	const rounds = 60
	for i := range rounds {
		nb.write("geo/geo.go", fmt.Appendf(nil, text, i))
		nb.run("%go get ./geo")
		got := nb.run("import (\"mine/geo\"; \"fmt\")\nfmt.Sprint(geo.Point{1, 2}, geo.Size())")
		if want := fmt.Sprintf("= version %d of (1, 2) 1024\n", i); got != want {
			t.Fatalf("round %d: %s, want %s", i, got, want)
		}
		if i == 9 {
			before = heap()
		}
	}
	grown := int64(heap()-before) / (rounds - 10)
	t.Logf("%d KB are kept of each version", grown>>10)
	if grown > 100<<10 { // 38 KB when this was written
		t.Errorf("%d KB are kept of each version", grown>>10)
	}
	if list := strings.Join(nb.set.Paths(), " "); strings.Count(list, "mine/geo") != 1 {
		t.Errorf("mine/geo is not listed once: %s", list)
	}
}
