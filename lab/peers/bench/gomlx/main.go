// Command gomlx is a training step of CLIP in GoMLX, with its backend in pure Go, as a worker of
// cliplab bench: it answers the lines that lab/bench/serve.go describes. It is a module of its
// own, so that the lab depends on none of it.
//
//	CGO_ENABLED=0 GOEXPERIMENT=simd go build -C lab/peers/bench/gomlx -o DIR/gomlx
//
// Without GOEXPERIMENT=simd its products are plain Go. The backend for XLA is no peer here: it
// wants cgo and a library from elsewhere.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gomlx FOLDER, the workload of cliplab bench")
		os.Exit(2)
	}
	s := server{name: name(), folder: os.Args[1]}
	if err := s.serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gomlx:", err)
		os.Exit(1)
	}
}

// name is the library's, with its version, and how it was built.
func name() string {
	version, how := "", "plain Go"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/gomlx/gomlx" {
				version = d.Version[1:]
			}
		}
		for _, s := range info.Settings {
			if s.Key == "GOEXPERIMENT" {
				how = "Go with " + s.Value
			}
		}
	}
	return fmt.Sprintf("GoMLX %s, %s", version, how)
}
