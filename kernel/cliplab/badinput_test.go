package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// failures are cells that must fail, how long they may take, and what is said of them: the
// line, the kind, the offending value, and where there is one the remedy.
var failures = []struct{ name, cell, want string }{
	{"panic", "before++\npanic(\"oh no\")", "line 2: panic: oh no"},
	{"panic with an error", "import \"io\"\npanic(io.ErrUnexpectedEOF)",
		"line 2: panic: unexpected EOF"},
	{"divide", "zero := 0\n1 / zero", "line 2: runtime error: integer divide by zero"},
	{"index", "s := []int{1, 2}\ni := 5\ns[i]",
		"line 3: runtime error: index out of range [5] with length 2"},
	{"nil pointer", "type T struct{ X int }\nvar p *T\np.X",
		"line 3: runtime error: invalid memory address or nil pointer dereference"},
	{"nil map", "var m map[string]int\nm[\"a\"] = 1",
		"line 2: runtime error: assignment to entry in nil map"},
	{"assertion", "var v any = \"text\"\nv.(int)",
		"line 2: runtime error: interface conversion: interface {} is string, not int"},
	{"allocation", "huge := 1 << 45\nbig := make([]byte, huge)",
		"line 2: runtime error: allocation of 35184372088832 bytes exceeds the limit of 4294967296"},
	{"allocation by a constant", "big2 := make([]byte, 1<<45)", "allocation of 35184372088832 bytes"},
	{"allocation beyond 63 bits", "big3 := make([]int, 1<<60)",
		"allocation of 9223372036854775807 bytes"},
	{"exit", "import \"os\"\nos.Exit(3)", "exit: os.Exit(3) ended the cell; the session goes on"},
	{"goroutine", "go func() {\n\tpanic(\"in the background\")\n}()\nselect {}",
		"line 2: panic in a goroutine: in the background"},
	{"closed channel", "c := make(chan int)\nclose(c)\nclose(c)",
		"line 3: runtime error: close of closed channel"},
	{"syntax", "if true {\n\tx := := 1\n}", "line 2: compile error: expected operand, found ':='"},
	{"string", "\"unterminated", "line 1: compile error: string literal not terminated"},
	{"undefined", "befor + 1", "line 1: compile error: undefined: befor; did you mean before?"},
	{"undefined package", "\nrand.Intnn(3)",
		"line 2: compile error: undefined: rand (import \"math/rand\" first)"},
	{"undefined member", "import \"fmt\"\nfmt.Printn(1)",
		"line 2: compile error: undefined: fmt.Printn; did you mean Print?"},
	{"type", "before = \"text\"",
		"line 1: compile error: cannot use \"text\" (untyped string constant) as int value"},
	{"import", "import \"math/ran\"", "line 1: compile error: could not import math/ran: it is not " +
		"among the"},
	{"near import", "import \"math/ran\"", "did you mean \"math/rand\"?"},
	{"foreign import", "import \"github.com/nobody/nothing\"",
		"line 1: compile error: could not import github.com/nobody/nothing: package "},
	{"endless loop", "for {\n}", "interrupted: the time limit of 1s is over"},
	{"deadlock", "select {}", "interrupted: the time limit of 1s is over"},
	{"nobody receives", "ch := make(chan int)\nch <- 1",
		"interrupted: the time limit of 1s is over"},
	{"sleep", "import \"time\"\ntime.Sleep(time.Hour)",
		"interrupted: the time limit of 1s is over"},
}

// TestEveryFailure: with --keep-going each failure is told with its cell, and the cells after
// it see what was there before.
func TestEveryFailure(t *testing.T) {
	cells := []string{"before := 1", "import \"fmt\""}
	for _, f := range failures {
		cells = append(cells, f.cell, fmt.Sprintf(
			"\"after %s, before is \" + fmt.Sprint(before)", f.name))
	}
	nb := write(t, "lesson.ipynb", cells...)
	status, stdout, stderr := try(t, "report", "-k", "--timeout", "1s", "--to", "both", nb)
	if status != exitFailed {
		t.Errorf("status %d", status)
	}
	paths := strings.Fields(stdout)
	if len(paths) != 2 {
		t.Fatalf("stdout is %q\n%s", stdout, stderr)
	}
	page := content(t, paths[1])
	for i, f := range failures {
		n := 3 + 2*i
		if !slices.ContainsFunc(strings.Split(stderr, "\n"), func(line string) bool {
			return strings.Contains(line, fmt.Sprintf("  cell %d", n)) && strings.Contains(line, f.want)
		}) {
			t.Errorf("%s, cell %d: %q is not told", f.name, n, f.want)
		}
		// The first cell counted up before it panicked, and what it did stays.
		if want := fmt.Sprintf(">after %s, before is 2</pre>", f.name); !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	total := fmt.Sprintf("%d of %[1]d cells in", len(cells))
	contains(t, "stderr", stderr, total, fmt.Sprintf(
		"%d cells failed, first cell 3, line 2: panic: oh no", len(failures)))
	if t.Failed() {
		t.Log(stderr)
	}
	if n := strings.Count(page, `class="out error"`); n != len(failures) {
		t.Errorf("the page has %d error boxes, want %d", n, len(failures))
	}
}

// TestOneFailureStops: the report holds what was shown before, the error with its line, and
// how many cells were not run; printing on is no failure.
func TestOneFailureStops(t *testing.T) {
	nb := write(t, "lesson.ipynb", "import \"fmt\"\nfmt.Println(\"first\")", "6 * 7",
		"fmt.Print(\"just before\")\nx := []string{}\nfmt.Println(x[len(x)])",
		"\"never\"", "\"nor this\"")
	status, stdout, stderr := try(t, "report", "--to", "both", nb)
	if status != exitFailed {
		t.Errorf("status %d", status)
	}
	const want = "cell 3, line 3: runtime error: index out of range [0] with length 0"
	contains(t, "stderr", stderr, "3 of 5 cells in", "1 failed, 2 not run",
		"cliplab: "+nb+": "+want+"\n", "3 | fmt.Println(x[len(x)])")
	paths := strings.Fields(stdout)
	page := content(t, paths[1])
	contains(t, "page", page, ">first</pre>", ">42</pre>", "just before", "index out of range [0]",
		`class="out error"`, "2 cells after it were not run")
	executed := content(t, paths[0])
	contains(t, "executed notebook", executed, `"output_type": "error"`, "index out of range", "42")
	if strings.Contains(page, ">never</pre>") {
		t.Error("a cell after the failure ran")
	}
	if content(t, nb) == executed {
		t.Error("the notebook that was read was written over")
	}
}

// TestNothingIsDestroyed: outputs of before stay when a command cannot do its work, and no
// half files are left.
func TestNothingIsDestroyed(t *testing.T) {
	good := write(t, "good.ipynb", "1")
	whole := content(t, good)
	for _, c := range []struct {
		name, content string
		args          []string
		want          string
	}{
		{"cut.ipynb", whole[:len(whole)-20], nil, "cut.ipynb ends too early, after"},
		{"empty.ipynb", "", nil, "empty.ipynb is empty; restore it from a copy"},
		{"blank.ipynb", " \n", nil, "is empty"},
		{"data.ipynb", `{"a": 1}`, nil, "no notebook: it has no field nbformat"},
		{"list.ipynb", `[1, 2]`, nil, "is no notebook but JSON with"},
		{"old.ipynb", `{"nbformat": 3, "worksheets": []}`, nil, "old format 3, this reads format 4"},
		{"new.ipynb", `{"nbformat": 5, "cells": []}`, nil, "newer format 5"},
		{"cells.ipynb", `{"nbformat": 4, "cells": 3, "metadata": {}}`, nil, "cells"},
		{"py.ipynb", strings.Replace(whole, `"go"`, `"python"`, 1), nil, "is for python"},
		{"ok.ipynb", whole, []string{"--to", "pdf"}, `--to is "pdf"; it can be html, ipynb or both`},
		{"ok.ipynb", whole, []string{"-p", "novalue"}, `"novalue" is not NAME=VALUE`},
		{"ok.ipynb", whole, []string{"-p", "1x=2"}, "1x"},
		{"ok.ipynb", whole, []string{"--timeout", "-5s"}, "--timeout is -5s; it must be positive"},
		{"ok.ipynb", whole, []string{"--timeout", "5"}, `missing unit in duration "5"`},
	} {
		path := file(t, c.name, c.content)
		kept := strings.TrimSuffix(path, ".ipynb") + ".html"
		if err := os.WriteFile(kept, []byte("precious"), 0o644); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := try(t, append([]string{"report", path}, c.args...)...)
		if status == 0 {
			t.Errorf("%s %q: no error", c.name, c.args)
		}
		contains(t, c.name, stderr, c.want)
		if content(t, kept) != "precious" || content(t, path) != c.content {
			t.Errorf("%s: a failure destroyed a file", c.name)
		}
		left, _ := os.ReadDir(filepath.Dir(path))
		if len(left) != 2 {
			t.Errorf("%s: files are left: %v", c.name, left)
		}
	}
}

// TestFolders: a folder in place of a notebook, and folders that cannot be written to, are
// told before a cell runs.
func TestFolders(t *testing.T) {
	nb := write(t, "lesson.ipynb", "panic(\"must not run\")")
	blocked := file(t, "blocked", "a file, no folder")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"report", t.TempDir()}, "is a directory; name the .ipynb file in it"},
		{[]string{"report", filepath.Join(blocked, "x.ipynb")}, "x.ipynb"},
		{[]string{"report", "--output-dir", filepath.Join(blocked, "sub"), nb},
			"cannot write to " + blocked},
		{[]string{"report", "-o", filepath.Join(blocked, "out.html"), nb},
			"cannot write to " + blocked},
		{[]string{"run", "--output-dir", blocked, nb}, "cannot write to " + blocked},
		{[]string{"train", "--out", blocked}, "cannot write to " + blocked},
		{[]string{"train", "--steps", "0"}, "0 steps; at least 1 is needed"},
		{[]string{"score", "a", "b"}, `"b" is one too many; see cliplab scorecard --help`},
		{[]string{"score", "none.safetensors"}, `there is no model "none.safetensors"`},
	} {
		status, stdout, stderr := try(t, c.args...)
		if status == 0 || stdout != "" {
			t.Errorf("%q: status %d, stdout %q", c.args, status, stdout)
		}
		contains(t, strings.Join(c.args, " "), stderr, c.want)
		if strings.Contains(stderr, "must not run") {
			t.Errorf("%q: cells ran", c.args)
		}
	}
}
