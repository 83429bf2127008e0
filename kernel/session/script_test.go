package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"cliplab/kernel/engine"
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
	err    error
	stdout string
}

func (o outcome) value() string {
	parts := make([]string, len(o.Values))
	for i, v := range o.Values {
		parts[i] = fmt.Sprintf("%v", v)
	}
	return strings.Join(parts, " ")
}

func newSession() *session.Session {
	return session.New(session.Options{Packages: natives{symbols.New()}, Paths: symbols.Paths})
}

// execute runs a cell; one that starts with //interrupt is interrupted, any other has ten
// seconds.
func execute(t testing.TB, s *session.Session, src string) outcome {
	t.Helper()
	x := engine.NewExec(context.Background())
	var out output
	x.Stdout, x.Stderr = &out, &out
	x.OnPanic(func(p *engine.Panic) { fmt.Fprintf(&out, "goroutine: %v\n", p) })
	wait := 10 * time.Second
	interrupted := strings.HasPrefix(src, "//interrupt")
	if interrupted {
		wait = 50 * time.Millisecond
	}
	timer := time.AfterFunc(wait, x.Interrupt)
	defer timer.Stop()
	start := time.Now()
	r, err := s.Execute(src, x)
	if d := time.Since(start); d > 9*time.Second {
		t.Errorf("cell ran for %v:\n%s", d, src)
	}
	return outcome{r, err, out.String()}
}

// TestScripts runs testdata/*.txtar: cells, each followed by what it must give. Wanted are
// "ok", or lines "value:", "stdout:" (without the last newline), "error:", "warning:" (parts).
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runScript(t, a)
		})
	}
}

func runScript(t *testing.T, a *txtar.Archive) {
	s := newSession()
	for i := 0; i+1 < len(a.Files); i += 2 {
		if a.Files[i].Name != "cell" || a.Files[i+1].Name != "want" {
			t.Fatalf("sections %s, %s", a.Files[i].Name, a.Files[i+1].Name)
		}
		src := strings.TrimSuffix(string(a.Files[i].Data), "\n")
		o := execute(t, s, src)
		if o.N != i/2+1 {
			t.Errorf("cell %d has number %d", i/2+1, o.N)
		}
		if problem := compare(o, strings.TrimSpace(string(a.Files[i+1].Data))); problem != "" {
			t.Errorf("cell %d:\n%s\n%s", i/2+1, src, problem)
		}
	}
}

// compare returns how an outcome differs from the wanted lines.
func compare(o outcome, want string) string {
	var problems []string
	expectError, expectWarning := false, false
	for line := range strings.SplitSeq(want, "\n") {
		key, text, _ := strings.Cut(line, ": ")
		got, ok := "", true
		switch key {
		case "ok":
			got, ok = "value "+o.value(), len(o.Values) == 0
		case "value":
			got = o.value()
			ok = got == text
		case "type":
			got = fmt.Sprint(o.Types)
			ok = got == text
		case "stdout":
			got = strings.TrimSuffix(o.stdout, "\n")
			ok = got == strings.ReplaceAll(text, "⏎", "\n")
		case "error":
			got, expectError = fmt.Sprint(o.err), true
			ok = o.err != nil && strings.Contains(got, text)
		case "note":
			got = strings.Join(o.Notes, "\n")
		case "warning":
			got, expectWarning = fmt.Sprint(o.Warnings), true
			ok = strings.Contains(got, text)
		default:
			ok, got = false, "unknown key"
		}
		if !ok {
			problems = append(problems, fmt.Sprintf("  want %s\n   got %s", line, got))
		}
	}
	if !expectError && o.err != nil {
		problems = append(problems, "   got error "+o.err.Error())
	}
	if !expectWarning && len(o.Warnings) > 0 {
		problems = append(problems, fmt.Sprint("   got warnings ", o.Warnings))
	}
	return strings.Join(problems, "\n")
}

// traceback returns how an error shows itself.
func traceback(err error) string {
	var c *session.CompileError
	var r *session.RunError
	switch {
	case errors.As(err, &c):
		return strings.Join(c.Traceback(), "\n")
	case errors.As(err, &r):
		return strings.Join(r.Traceback(), "\n")
	}
	return ""
}
