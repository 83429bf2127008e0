package conform

import (
	"bufio"
	"fmt"
	"go/build"
	"go/build/constraint"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Programs returns the files of a test directory and its direct subdirectories that are
// programs to run here, relative to it.
func Programs(dir string) ([]string, error) {
	var files []string
	for _, pattern := range []string{"*.go", "*/*.go"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	var programs []string
	for _, f := range files {
		if _, ok := arguments(f); !ok {
			continue
		}
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			return nil, err
		}
		programs = append(programs, filepath.ToSlash(rel))
	}
	if len(programs) == 0 {
		return nil, fmt.Errorf("conform: %s holds no programs that begin with // run", dir)
	}
	slices.Sort(programs)
	return programs, nil
}

// arguments returns what stands behind "// run" at the top of a program, without flags of the
// compiler: first further files of the program. It is false for other files, and for programs
// of other systems and of experimental compilers.
func arguments(file string) (args []string, ok bool) {
	f, err := os.Open(file)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for first := true; s.Scan(); first = false {
		line := s.Text()
		switch {
		case first:
			rest, found := strings.CutPrefix(line, "// run")
			if !found || rest != "" && rest[0] != ' ' {
				return nil, false
			}
			for _, a := range strings.Fields(rest) {
				switch {
				case a == "-goexperiment":
					return nil, false
				case !strings.HasPrefix(a, "-"):
					args = append(args, a)
				}
			}
		case strings.HasPrefix(line, "package "):
			return args, true
		case constraint.IsGoBuild(line):
			if x, err := constraint.Parse(line); err == nil && !x.Eval(here) {
				return nil, false
			}
		}
	}
	return args, s.Err() == nil
}

// here tells whether a build tag holds for interpreted programs.
func here(tag string) bool {
	switch tag {
	case runtime.GOOS, runtime.GOARCH, "gc":
		return true
	case "unix":
		return runtime.GOOS != "windows" && runtime.GOOS != "plan9"
	}
	return slices.Contains(build.Default.ReleaseTags, tag)
}
