package conform_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/conform"
	"cliplab/kernel/symbols"
)

// oneEnv makes the test binary run one program.
const oneEnv = "CLIPLAB_CONFORM_ONE"

// allEnv makes the test run all programs instead of a few; its value may say how many at once.
const allEnv = "CLIPLAB_CONFORM_ALL"

func TestMain(m *testing.M) {
	if file := os.Getenv(oneEnv); file != "" {
		conform.Tell(os.Stdout, conform.One(file, symbols.New()))
		return
	}
	os.Exit(m.Run())
}

func self(ctx context.Context, file string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), oneEnv+"="+file)
	return cmd
}

// goTests returns the directory of Go's own programs.
func goTests(t *testing.T) string {
	root := os.Getenv("GOROOT")
	if root == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			t.Skipf("no programs: go env GOROOT: %v", err)
		}
		root = strings.TrimSpace(string(out))
	}
	dir := filepath.Join(root, "test")
	if _, err := os.Stat(filepath.Join(dir, "fixedbugs")); err != nil {
		t.Skipf("no programs: this Go came without its test directory: %v", err)
	}
	return dir
}

// known reads the programs that are known to fail, with the reasons.
func known(t *testing.T) map[string]string {
	b, err := os.ReadFile("testdata/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		file, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Errorf("known.txt: %q has no reason", line)
		}
		list[file] = reason
	}
	return list
}

// TestConform runs programs of Go's test directory: every 25th, or all of them if
// CLIPLAB_CONFORM_ALL is set. Those that are not known to fail must pass.
func TestConform(t *testing.T) {
	dir := goTests(t)
	programs, err := conform.Programs(dir)
	if err != nil {
		t.Fatal(err)
	}
	bad := known(t)
	all := os.Getenv(allEnv) != ""
	var chosen []string
	for i, p := range programs {
		if all || i%25 == 3 && bad[p] == "" {
			chosen = append(chosen, p)
		}
	}
	r := conform.Run(context.Background(), dir, chosen, conform.Options{
		Command: self, Limit: time.Minute, Parallel: runtime.NumCPU()})
	passing := 0
	var lines []string
	for _, o := range r.Outcomes {
		switch {
		case !o.Passed && bad[o.File] == "":
			t.Errorf("%s: %s", o.File, o.Reason)
		case o.Passed && bad[o.File] != "":
			passing++
			t.Logf("%s passes: take it out of known.txt", o.File)
		}
		if !o.Passed {
			lines = append(lines, fmt.Sprintf("%s: %s\n", o.File, o.Reason))
		}
	}
	t.Logf("%d of %d passed; %d of all %d are known to fail", r.Passed, len(chosen), len(bad),
		len(programs))
	if file := os.Getenv("CLIPLAB_CONFORM_LIST"); file != "" {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o666); err != nil {
			t.Error(err)
		}
	}
}
