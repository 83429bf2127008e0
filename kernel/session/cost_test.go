package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// notebookCell is the i-th cell of a long notebook: types, methods, functions, variables,
// loops and expressions.
func notebookCell(i int) string {
	k := i / 5
	switch i % 5 {
	case 0:
		return fmt.Sprintf("type T%d struct{ a, b int }\nfunc (t T%d) Sum() int { return t.a + t.b }",
			k, k)
	case 1:
		return fmt.Sprintf("func f%d(n int) int { return T%d{n, %d}.Sum() }", k, k, i)
	case 2:
		return fmt.Sprintf("x%d := f%d(%d)\ns := fmt.Sprint(x%d)", k, k, i, k)
	case 3:
		return fmt.Sprintf("t := 0\nfor i := range 10 { t += f%d(i) }\nt", k)
	}
	return fmt.Sprintf("x%d * 2", k)
}

// costs runs n cells and returns what each took.
func costs(tb testing.TB, n int) []time.Duration {
	s := newSession()
	if o := execute(tb, s, `import "fmt"`); o.err != nil {
		tb.Fatal(o.err)
	}
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		o := execute(tb, s, notebookCell(i))
		took[i] = time.Since(start)
		if o.err != nil {
			tb.Fatalf("cell %d: %v", i, o.err)
		}
	}
	return took
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

// TestCost wants cells of a long notebook to cost what its first ones did. The bounds leave
// room for a busy machine.
func TestCost(t *testing.T) {
	if testing.Short() {
		t.Skip("2,000 cells")
	}
	took := costs(t, 2000)
	first, last := median(took[200:600]), median(took[1600:])
	t.Logf("median cell %v, of cells 200 to 600 %v, of the last 400 %v", median(took), first, last)
	if last > 3*first+200*time.Microsecond {
		t.Errorf("the last 400 cells take %v, earlier ones %v", last, first)
	}
	if m := median(took); m > 5*time.Millisecond {
		t.Errorf("the median cell takes %v", m)
	}
}

func BenchmarkCell(b *testing.B) {
	s := newSession()
	execute(b, s, `import "fmt"`)
	i := 0
	for b.Loop() {
		execute(b, s, notebookCell(i))
		i++
	}
}
