package magic_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"cliplab/kernel/magic"
)

// TestCompleteSpecial: the bar is the position; want are the first items, and what they replace.
func TestCompleteSpecial(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"data.csv", "draft.go", ".hidden"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("deep/down", 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAGIC_COMPLETE_ME", "1")
	i := newInterpreter()
	for _, c := range []struct{ src, replaces, want string }{
		{"%tim|", "%tim", "%time %timeit"},
		{"x := 1\n  %who|\ny := 2", "%who", "%who %whos"},
		{"%%wr|", "%%wr", "%%writefile"},
		{"x := 1\n%%wr|", "%%wr", ""},
		{"%|who", "%", "%cd %env %go %help %history"},
		{"%load d|", "d", "data.csv deep/ draft.go"},
		{"%cd |", "", "deep/"},
		{"%cd deep/|", "deep/", "deep/down/"},
		{"%load .h|", ".h", ".hidden"},
		{"!cat dr|", "dr", "draft.go"},
		{"!cat <dr|", "dr", "draft.go"},
		{"%%writefile -a da|\nbody d", "da", "data.csv"},
		{"%run draft.go d|", "d", "data.csv deep/ draft.go"},
		{"%env MAGIC_COMP|", "MAGIC_COMP", "MAGIC_COMPLETE_ME"},
		{"%go l|", "l", "list"},
		{"%who f|", "f", "func"},
		{"%help %timei|", "%timei", "%timeit"},
		{"%frobnicate x|", "", ""},
		{"`\n%tim|\n`", "", ""},
	} {
		pos := strings.IndexByte(c.src, '|')
		src := c.src[:pos] + c.src[pos+1:]
		got := i.Complete(src, pos)
		var items []string
		for _, item := range got.Items[:min(5, len(got.Items))] {
			items = append(items, item.Text)
		}
		if strings.Join(items, " ") != c.want || src[got.Start:got.End] != c.replaces {
			t.Errorf("%q: %q for %q, want %s for %q", c.src, items, src[got.Start:got.End],
				c.want, c.replaces)
		}
	}
}

func TestInspectSpecial(t *testing.T) {
	i := newInterpreter()
	for src, want := range map[string]string{
		"x := 1\n%timei|t x": "%timeit [-n", "!l|s": "! COMMAND", "%cd .|.": "%cd [FOLDER]",
		"%time fmt.Print|ln(1)": "func fmt.Println(a ...any)", "strings.Spli|t?": "func strings.Split(",
		"%pwd\nfmt.Println(|": "func fmt.Println(a ...any)", "%%time\nle|n(x)": "func len(",
	} {
		pos := strings.IndexByte(src, '|')
		info, ok := i.Inspect(src[:pos]+src[pos+1:], pos, 0)
		if !ok || !strings.HasPrefix(info.Text, want) {
			t.Errorf("%q: %v %v", src, info, ok)
		}
	}
}

func TestIsComplete(t *testing.T) {
	i := newInterpreter()
	for src, want := range map[string]string{
		"":                         "complete",
		"x := 1":                   "complete",
		"%time x":                  "complete",
		"!ls \\":                   "incomplete",
		"%%bash":                   "incomplete",
		"%%bash\necho":             "incomplete",
		"%%bash\necho\n":           "complete",
		"%%bash\necho\n\n":         "complete",
		"%%\nx := 1":               "complete",
		"%pwd\nfor {":              "incomplete",
		"%pwd\nx := )":             "invalid",
		"x := 1\n!ls\nfunc f() {":  "incomplete",
		"x := `\n!ls":              "incomplete",
		"a := []string{\n\t\"?\",": "incomplete",
	} {
		if got, _ := i.IsComplete(src); got != want {
			t.Errorf("%q is %s, want %s", src, got, want)
		}
	}
}

// TestSpecialCellsBelow: completion below a special cell whose text is no Go offers nothing.
func TestSpecialCellsBelow(t *testing.T) {
	i := newInterpreter()
	src := "%%bash\n%ti"
	if got := i.Complete(src, len(src)); slices.ContainsFunc(got.Items,
		func(item magic.Item) bool { return item.Kind == "magic" }) {
		t.Errorf("below %%%%bash: %v", got.Items)
	}
}

// TestCompleteGo: Go among special lines is completed as if they were not there.
func TestCompleteGo(t *testing.T) {
	i := newInterpreter()
	execute(t, i, "import \"strings\"\nlongName := 1", 1)
	for _, src := range []string{
		"!ls\nstrings.ToUpperS|\n%pwd", "%time strings.ToUpperS|", "%timeit -n 3 strings.ToUpperS|",
		"%%time\nstrings.ToUpperS|", "strings.ToUpperS|?", "?strings.ToUpperS|",
	} {
		pos := strings.IndexByte(src, '|')
		got := i.Complete(src[:pos]+src[pos+1:], pos)
		if len(got.Items) != 1 || !strings.HasSuffix(got.Items[0].Text, "ToUpperSpecial") ||
			got.End != pos {
			t.Errorf("%q: %+v", src, got)
		}
	}
}
