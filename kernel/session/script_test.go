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
)

// outcome is what a cell did.
type outcome struct {
	value    string // of the trailing expression
	shown    bool   // there was a trailing expression with a value
	stdout   string
	err      error
	warnings []string
}

// output collects what a cell prints, also from its goroutines.
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

func newSession() *session.Session {
	return session.New(session.Options{Packages: newPackages()})
}

// interruptAfter is how long a cell that starts with //interrupt runs.
const interruptAfter = 20 * time.Millisecond

// execute runs a cell; it fails the test if the cell hangs.
func execute(t testing.TB, s *session.Session, src string) outcome {
	t.Helper()
	var out, errs output
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = &out, &errs
	if strings.HasPrefix(src, "//interrupt") {
		timer := time.AfterFunc(interruptAfter, x.Interrupt)
		defer timer.Stop()
	}
	watch := time.AfterFunc(20*time.Second, func() { panic("cell hangs:\n" + src) })
	defer watch.Stop()
	res, err := s.Execute(src, x)
	o := outcome{stdout: out.String(), err: err}
	if res == nil {
		return o
	}
	for _, w := range res.Warnings {
		o.warnings = append(o.warnings, w.String())
	}
	if o.shown = len(res.Values) > 0; o.shown {
		o.value = strings.TrimSuffix(fmt.Sprintln(res.Values...), "\n")
	}
	return o
}

// TestScripts runs the cells In[n] of the archives in testdata, one session for each, and
// compares with the lines of Out[n]: stdout, value, error and warning. Errors and warnings
// hold the text that is wanted. A cell without Out neither shows a value nor fails.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) { runScript(t, ar) })
	}
}

func runScript(t *testing.T, ar *txtar.Archive) {
	s := newSession()
	for i, f := range ar.Files {
		if !strings.HasPrefix(f.Name, "In[") {
			continue
		}
		var want []string
		if i+1 < len(ar.Files) && strings.HasPrefix(ar.Files[i+1].Name, "Out[") {
			want = strings.Split(strings.TrimSuffix(string(ar.Files[i+1].Data), "\n"), "\n")
		}
		got := execute(t, s, strings.TrimSuffix(string(f.Data), "\n"))
		if faults := got.compare(want); len(faults) > 0 {
			t.Errorf("%s\n%s\n%s", f.Name, f.Data, strings.Join(faults, "\n"))
		}
	}
}

// compare returns in what the outcome is not as wanted.
func (o outcome) compare(want []string) []string {
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Sprintf("  "+format, args...))
	}
	var wantError, wantValue bool
	for _, line := range want {
		kind, text, _ := strings.Cut(line, ": ")
		switch kind {
		case "error":
			wantError = true
			if o.err == nil || !strings.Contains(o.err.Error(), text) {
				fault("error %q, want %q", fmt.Sprint(o.err), text)
			}
		case "value":
			wantValue = true
			if !o.shown || o.value != text {
				fault("value %q, want %q", o.value, text)
			}
		case "stdout":
			if strings.TrimSuffix(o.stdout, "\n") != text {
				fault("stdout %q, want %q", o.stdout, text)
			}
		case "warning":
			if !strings.Contains(strings.Join(o.warnings, "\n"), text) {
				fault("warnings %q, want %q", o.warnings, text)
			}
		default:
			fault("unknown line %q", line)
		}
	}
	if o.err != nil && !wantError {
		fault("error %v%s", o.err, traceback(o.err))
	}
	if o.shown && !wantValue {
		fault("value %q, want none", o.value)
	}
	return faults
}

// traceback returns how an error shows itself.
func traceback(err error) string {
	var c *session.CompileError
	var r *session.RunError
	switch {
	case errors.As(err, &c):
		return "\n" + strings.Join(c.Traceback(), "\n")
	case errors.As(err, &r):
		return "\n" + strings.Join(r.Traceback(), "\n")
	}
	return ""
}
