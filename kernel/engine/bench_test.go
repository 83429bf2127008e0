package engine_test

import (
	"context"
	"go/types"
	"os"
	"testing"

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
