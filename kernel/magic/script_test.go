package magic_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
	"cliplab/kernel/magic"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// output is what a cell prints; goroutines of the cell may print late.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// outcome is what a cell gave.
type outcome struct {
	*session.Result
	failure        *magic.Failure
	stdout, stderr output
	shown          []string // mime type and text of each output
	page, next     string
	took           time.Duration
}

func newInterpreter() *magic.Interpreter {
	return magic.New(func() *session.Session {
		return session.New(session.Options{Packages: symbols.New(), Paths: symbols.Paths})
	}, magic.Options{})
}

// execute runs a cell; one that starts with //interrupt is interrupted, any other has ten
// seconds.
func execute(t testing.TB, i *magic.Interpreter, src string, number int) *outcome {
	t.Helper()
	o := &outcome{}
	x := engine.NewExec(context.Background())
	x.Number = number
	x.Stdout, x.Stderr = &o.stdout, &o.stderr
	var mu sync.Mutex
	x.Display = func(data, _ map[string]any, _ string, _ bool) {
		mu.Lock()
		defer mu.Unlock()
		o.shown = append(o.shown, bundleText(data))
	}
	h := &magic.Host{
		Page:      func(data map[string]any) { o.page = fmt.Sprint(data[display.MimeText]) },
		NextInput: func(text string, _ bool) { o.next = text },
	}
	wait := 10 * time.Second
	if strings.HasPrefix(src, "//interrupt") {
		wait = 100 * time.Millisecond
	}
	timer := time.AfterFunc(wait, x.Interrupt)
	defer timer.Stop()
	start := time.Now()
	r, err := i.Execute(src, x, h)
	o.took = time.Since(start)
	o.Result = r
	if err != nil && !errors.As(err, &o.failure) {
		t.Errorf("error is a %T", err)
	}
	return o
}

// bundleText is the mime types of a bundle with the text of the richest.
func bundleText(data map[string]any) string {
	var mimes []string
	for mime := range data {
		if mime != display.MimeText {
			mimes = append(mimes, mime)
		}
	}
	slices.Sort(mimes)
	if len(mimes) == 0 {
		mimes = []string{display.MimeText}
	}
	if b, ok := data[mimes[0]].([]byte); ok {
		return fmt.Sprintf("%s %d bytes", strings.Join(mimes, " "), len(b))
	}
	return fmt.Sprintf("%s %v", strings.Join(mimes, " "), data[mimes[0]])
}

// value is what the last expression shows.
func (o *outcome) value() string {
	if len(o.Values) == 0 || o.Quiet {
		return ""
	}
	data, _ := display.Values(o.Values)
	return bundleText(data)
}

// TestScripts runs testdata/*.txtar in an empty folder with the files of the archive: cells,
// each followed by what it must give, see compare.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for k, file := range files {
		files[k], _ = filepath.Abs(file)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			runScript(t, a)
		})
	}
}

func runScript(t *testing.T, a *txtar.Archive) {
	i := newInterpreter()
	n := 0
	for k := 0; k < len(a.Files); k++ {
		f := a.Files[k]
		if f.Name != "cell" {
			if err := os.WriteFile(f.Name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if k++; k == len(a.Files) || a.Files[k].Name != "want" {
			t.Fatalf("a cell is followed by nothing wanted")
		}
		n++
		src := strings.TrimSuffix(string(f.Data), "\n")
		o := execute(t, i, src, n)
		if o.N != n {
			t.Errorf("cell %d has number %d", n, o.N)
		}
		if problem := compare(o, strings.TrimSpace(string(a.Files[k].Data))); problem != "" {
			t.Errorf("cell %d:\n%s\n%s", n, src, problem)
		}
	}
}

// compare returns how an outcome differs from the wanted lines. Their keys are "ok", "value",
// "stdout", "stderr", "shown" (one line each), "page", "next", "error", "line", "traceback",
// "warning", "wall" (see timing_test.go); ⏎ is a line end. Text is wanted whole, apart from a last
// newline; behind ~ it is a regular expression. Whatever is not wanted must not be there, but for
// page and traceback.
func compare(o *outcome, want string) string {
	var problems []string
	seen := map[string]bool{}
	shown := slices.Clone(o.shown)
	for line := range strings.SplitSeq(want, "\n") {
		key, text, _ := strings.Cut(line, ": ")
		rough := strings.HasSuffix(key, "~")
		key = strings.TrimSuffix(key, "~")
		seen[key] = true
		if key == "wall" {
			if problem := o.wall(text); problem != "" {
				problems = append(problems, problem)
			}
			continue
		}
		got, ok := "", false
		if key == "shown" && len(shown) > 0 {
			got, shown = shown[0], shown[1:]
		} else {
			got = o.part(key)
		}
		got = strings.ReplaceAll(strings.TrimSuffix(got, "\n"), "\n", "⏎")
		if rough {
			ok = regexp.MustCompile(text).MatchString(got)
		} else {
			ok = got == text
		}
		if !ok {
			problems = append(problems, fmt.Sprintf("  want %s\n   got %s", line, got))
		}
	}
	for _, key := range []string{"value", "stdout", "stderr", "error", "warning", "next"} {
		if got := o.part(key); got != "" && !seen[key] {
			problems = append(problems, fmt.Sprintf("   got %s: %s", key, got))
		}
	}
	for _, got := range shown {
		problems = append(problems, "   got shown: "+got)
	}
	return strings.Join(problems, "\n")
}

// part is one thing that a cell gave.
func (o *outcome) part(key string) string {
	switch key {
	case "value":
		return o.value()
	case "stdout":
		return o.stdout.String()
	case "stderr":
		return o.stderr.String()
	case "page":
		return o.page
	case "next":
		return o.next
	case "took":
		return o.took.Round(100 * time.Millisecond).String()
	case "warning":
		if len(o.Warnings) > 0 {
			return fmt.Sprint(o.Warnings)
		}
	}
	if o.failure == nil {
		return ""
	}
	switch key {
	case "error":
		return o.failure.Error()
	case "line":
		return fmt.Sprint(o.failure.Line)
	case "traceback":
		return colours.ReplaceAllString(strings.Join(o.failure.Traceback, "\n"), "")
	}
	return ""
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")
