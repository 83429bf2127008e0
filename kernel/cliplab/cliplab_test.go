package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// try runs a command line and returns its status and what it wrote.
func try(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	out, errs := open("stdout"), open("stderr")
	status = execute(context.Background(), args, out, errs)
	read := func(f *os.File) string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return status, read(out), read(errs)
}

// write makes a notebook of code cells.
func write(t *testing.T, name string, sources ...string) string {
	t.Helper()
	cells := []any{}
	for _, s := range sources {
		cells = append(cells, map[string]any{"cell_type": "code", "source": s,
			"metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil})
	}
	b, err := json.Marshal(map[string]any{"nbformat": 4, "nbformat_minor": 4, "cells": cells,
		"metadata": map[string]any{"kernelspec": map[string]any{"language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	return file(t, name, string(b))
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func contains(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%.3000s", what, want, text)
		}
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

func TestReport(t *testing.T) {
	nb := write(t, "lesson.ipynb", "import \"fmt\"\nfmt.Println(\"hello\", ctx.Err())",
		"import \"cliplab/lab/progress\"\nbar := progress.New(\"work\", 3)\n"+
			"for i := range 3 {\n\tbar.Set(i+1, \"<note>\")\n}\nbar.Done()",
		"import \"cliplab/kernel/display\"\ndisplay.Show(display.Math(`x^2`))\n6 * 7")
	status, stdout, stderr := try(t, "report", "--to", "both", nb)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	base := strings.TrimSuffix(nb, ".ipynb")
	if want := base + ".executed.ipynb\n" + base + ".html\n"; stdout != want {
		t.Errorf("stdout is %q, want %q", stdout, want)
	}
	contains(t, "stderr", stderr, "[1/3] ✓", "[3/3] ✓", "3 of 3 cells in", "work [████")
	page := content(t, base+".html")
	contains(t, "page", page, "hello &lt;nil&gt;", ">42</pre>", "<math display",
		`<progress value="3" max="3"`, "3 of 3", "&lt;note&gt;")
	if n := strings.Count(page, "<progress"); n != 1 {
		t.Errorf("the bar is shown %d times", n)
	}
	contains(t, "executed notebook", content(t, base+".executed.ipynb"), `"execution_count": 3`)
}

// TestFailingCells: each cell of the list points at its line, and the report up to it
// is written.
func TestFailingCells(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"x := 1\npanic(\"oh no\")", "cell 2, line 2: panic: oh no"},
		{"a := 0\n\nprintln(1 / a)", "cell 2, line 3: runtime error: integer divide by zero"},
		{"s := []int{1}\ni := 5\ns[i] = 1", "cell 2, line 3: runtime error: index out of range"},
		{"func f(n int) int {\n\treturn f(n+1) + 1\n}\nf(0)", "cell 2, line 2"},
		{"x :=", "cell 2, line 1: compile error"},
		{"import \"os\"\nos.Exit(3)", "cell 2"},
	} {
		nb := write(t, "lesson.ipynb", "\"before\"", c.cell, "\"after\"")
		status, stdout, stderr := try(t, "report", nb)
		if status != exitFailed {
			t.Errorf("%q: status %d", c.cell, status)
		}
		contains(t, "stderr", stderr, c.want, "[2/3] ✗", ", 1 failed, 1 not run")
		page := content(t, strings.TrimSpace(stdout))
		contains(t, "page", page, ">before</pre>", `class="out error"`, "An error stopped",
			"One cell after it was not run.")
		if strings.Contains(page, ">after</pre>") {
			t.Errorf("%q: the cell after it ran", c.cell)
		}
	}
}

func TestKeepGoingAndParameters(t *testing.T) {
	nb := write(t, "lesson.ipynb", "panic(1)", "n * 2")
	status, stdout, stderr := try(t, "report", "-k", "-p", "n=21", "-o",
		filepath.Join(t.TempDir(), "out.html"), nb)
	if status != exitFailed || !strings.HasSuffix(strings.TrimSpace(stdout), "out.html") {
		t.Errorf("status %d, stdout %q", status, stdout)
	}
	contains(t, "stderr", stderr, "3 of 3 cells", "cell 2, line 1: panic: 1")
	contains(t, "page", content(t, strings.TrimSpace(stdout)), ">42</pre>")
}

// TestMillionLines: the report stays small, the file beside it has every line.
func TestMillionLines(t *testing.T) {
	nb := write(t, "lesson.ipynb", "import \"fmt\"\nfor i := range 1_000_000 {\n\tfmt.Println(i)\n}")
	status, stdout, stderr := try(t, "report", nb)
	if status != 0 {
		t.Fatal(stderr)
	}
	page := content(t, strings.TrimSpace(stdout))
	contains(t, "page", page, "999,000 lines", "all are in lesson_files/cell-1-stdout.txt",
		"\n999999</pre>")
	if len(page) > 1_000_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	all := content(t, filepath.Join(filepath.Dir(nb), "lesson_files", "cell-1-stdout.txt"))
	if n := strings.Count(all, "\n"); n != 1_000_000 {
		t.Errorf("the file has %d lines", n)
	}
}

func TestBadInput(t *testing.T) {
	good := write(t, "good.ipynb", "1")
	whole := content(t, good)
	python := file(t, "py.ipynb", strings.Replace(whole, `"go"`, `"python"`, 1))
	kept := file(t, "kept.html", "precious")
	folder := filepath.Join(t.TempDir(), "folder.ipynb")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"report", filepath.Join(t.TempDir(), "none.ipynb")}, 1, "does not exist"},
		{[]string{"report", file(t, "cut.ipynb", whole[:len(whole)/2])}, 1, "it was cut off"},
		{[]string{"report", file(t, "x.ipynb", "package main")}, 1, "is no JSON"},
		{[]string{"report", file(t, "v3.ipynb", `{"nbformat": 3}`)}, 1, "old format 3"},
		{[]string{"report", python}, 1, "is for python, cliplab runs Go notebooks"},
		{[]string{"run", python}, 1, "is for python"},
		{[]string{"report", "--output-dir", good, good}, 1, "cannot write to"},
		{[]string{"run", "-o", folder, good}, 1, "it is a directory; name a file"},
		{[]string{"run", ""}, 1, `"" names no notebook`},
		{[]string{"train", "--out", ""}, 2, "--out is empty; name a folder"},
		{[]string{"run", "https://example.org/x.ipynb"}, 1, "is an address; download the notebook"},
		{[]string{"run", "-p", "_=1", good}, 2, "is not NAME=VALUE with a Go name, such as steps=50"},
		{[]string{"report", "-o", kept, file(t, "cut.ipynb", whole[:50])}, 1, "cut off"},
		{[]string{"report"}, 2, "wants a notebook"},
		{[]string{"report", "--to", "pdf", good}, 2, `--to is "pdf"`},
		{[]string{"report", "--nosuch", good}, 2, "unknown flag: --nosuch"},
		{[]string{"report", "-p", "n", good}, 2, "is not NAME=VALUE"},
		{[]string{"report", "-o", "x", good, good}, 2, "several notebooks"},
		{[]string{"nosuch"}, 2, "unknown command"},
	} {
		status, stdout, stderr := try(t, c.args...)
		if status != c.status || stdout != "" {
			t.Errorf("%q: status %d, want %d; stdout %q", c.args, status, c.status, stdout)
		}
		contains(t, strings.Join(c.args, " "), stderr, "cliplab: ", c.want)
		if n := strings.Count(stderr, "\n"); n != 1 {
			t.Errorf("%q: %d lines on stderr:\n%s", c.args, n, stderr)
		}
	}
	if content(t, kept) != "precious" {
		t.Error("a failure destroyed the output of before")
	}
}

func TestHelp(t *testing.T) {
	for _, name := range []string{"report", "run", "train", "scorecard", "encode", "classify",
		"search", "devices", "version"} {
		status, stdout, _ := try(t, name, "--help")
		if status != 0 {
			t.Errorf("%s: status %d", name, status)
		}
		contains(t, name, stdout, "Examples:\n  cliplab "+name)
	}
}

func TestTitle(t *testing.T) {
	for in, want := range map[string]string{
		"x := 1": "x := 1",
		"import (\n\t\"fmt\"\n)\n\n// Say hello.\nfmt.Println()": "// Say hello.",
		"import \"fmt\"\nfmt.Println()":                          "fmt.Println()",
		"import (\"a\"; \"b\")\nx":                               "x",
		"\nimport \"fmt\"":                                       "import \"fmt\"",
		"":                                                       "",
	} {
		if got := title(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
