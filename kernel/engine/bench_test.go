package engine_test

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/engine"
)

// BenchmarkPrograms times small programs; gomacro's times for them on the machine
// of the reference notes are, in ms: fib 76, loop 103, floop 528, matmul 444,
// matflat 419, structs 545, iface 478, maps 92, sorts 445, pingpong 18,
// closures 32, native 57, sieve 86, strs 47, globals 94.
func BenchmarkPrograms(b *testing.B) {
	src, err := os.ReadFile("testdata/bench.go.txt")
	if err != nil {
		b.Fatal(err)
	}
	p := load(b, string(src))
	for _, name := range []string{"Fib", "Loop", "Floop", "Matmul", "Matflat", "Structs", "Iface",
		"Maps", "Sorts", "Pingpong", "Closures", "Native", "Sieve", "Strs", "Globals"} {
		f := p.pkg.Scope().Lookup(name).(*types.Func)
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if err := p.e.Run(engine.NewExec(context.Background()), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestBenchPrograms checks what the programs of the benchmark compute.
func TestBenchPrograms(t *testing.T) {
	src, err := os.ReadFile("testdata/bench.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := "6765 4950 16.00390625 190 48 187.5 150\n" +
		"1024 500 55 45 19.30600052603572 25\n10 45\n"
	if got := load(t, string(src)).output(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestVersus prints the milliseconds of the fastest of five runs of the programs that
// CLIPLAB_VERSUS names, for kernel/conform/versus/versus.sh.
func TestVersus(t *testing.T) {
	names := strings.Fields(os.Getenv("CLIPLAB_VERSUS"))
	if len(names) == 0 {
		t.Skip("CLIPLAB_VERSUS names no programs")
	}
	src, err := os.ReadFile("testdata/bench.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, string(src))
	for _, name := range names {
		best := time.Duration(1 << 62)
		for range 5 {
			start := time.Now()
			if err := p.e.Run(engine.NewExec(context.Background()), function(p, name)); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		fmt.Printf("%s %.3f\n", name, float64(best.Microseconds())/1000)
	}
}
