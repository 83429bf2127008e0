// Command versus times the benchmark programs of kernel/engine in gomacro, the engine of
// gophernotes v0.7.5, and prints a line for each: its name and the milliseconds of the
// fastest of a few runs. Start it with GOROOT=/nonexistent PATH=/usr/bin:/bin, else
// go/importer ends it; versus.sh does so and puts our engine beside it.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cosmos72/gomacro/fast"
)

func main() {
	src, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "versus:", err)
		os.Exit(1)
	}
	_, text, _ := strings.Cut(string(src), "package main\n")
	text, _, _ = strings.Cut(text, "func main()")
	ir := fast.New()
	ir.Eval(text)
	for _, name := range os.Args[2:] {
		call := ir.Compile(name + "()")
		best := time.Duration(1 << 62)
		for range 5 {
			start := time.Now()
			ir.RunExpr(call)
			best = min(best, time.Since(start))
		}
		fmt.Printf("%s %.3f\n", name, float64(best.Microseconds())/1000)
	}
}
