package display_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// cell is one execution of a cell and what it shows.
type cell struct {
	x  *engine.Exec
	mu sync.Mutex
	b  bytes.Buffer
}

func newCell() *cell {
	c := &cell{x: engine.NewExec(context.Background())}
	c.x.Stdout, c.x.Stderr = c, c
	c.x.Display = func(data, _ map[string]any, id string, update bool) {
		text, _ := data[display.MimeText].(string)
		if update {
			text = "update " + text
		}
		c.Write([]byte("[" + text + "]"))
	}
	c.x.Clear = func(wait bool) { c.Write([]byte("clear")) }
	c.x.Input = func(prompt string, password bool) (string, error) {
		if password {
			return "", errors.New("no passwords")
		}
		return "answer to " + prompt, nil
	}
	return c
}

func (c *cell) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.Write(p)
}

func (c *cell) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.String()
}

func newSession() *session.Session {
	return session.New(session.Options{Packages: symbols.New(), Paths: symbols.Paths})
}

func run(t *testing.T, s *session.Session, source string) (*cell, []any) {
	t.Helper()
	c := newCell()
	res, err := s.Execute(source, c.x)
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	return c, res.Values
}

// TestShowGoesHome shows from a goroutine that outlives its cell: the cell that started it
// gets what it shows.
func TestShowGoesHome(t *testing.T) {
	s := newSession()
	first, _ := run(t, s, `import "cliplab/kernel/display"
next, done := make(chan bool), make(chan bool)
h := display.NewHandle()
h.Update("one")
display.Clear(true)
go func() { <-next; display.Show(2); done <- true }()
a, err := display.Input("name?")
display.Show(a, err)
_, err = display.Password("?")
display.Show(err)`)
	second, _ := run(t, s, "h.Update(`two`); next <- true; <-done; display.Show(3)")
	want := "[one]clear[answer to name?][<nil>][no passwords][update two][2]"
	if got := first.text(); got != want {
		t.Errorf("the first cell shows %s, want %s", got, want)
	}
	if got := second.text(); got != "[3]" {
		t.Errorf("the second cell shows %s", got)
	}
	if _, err := display.Input("?"); !errors.Is(err, display.ErrNoInput) {
		t.Errorf("asking outside of cells: %v", err)
	}
}

// TestMethodsOfCells shows values whose methods are interpreted, the badly behaved too.
func TestMethodsOfCells(t *testing.T) {
	s := newSession()
	_, values := run(t, s, `import "fmt"
type good struct{}
func (good) MIMEBundle() map[string]any { return map[string]any{"text/html": "<b>g</b>"} }
type wild struct{}
func (wild) MIMEBundle() map[string]any { var m map[string]int; m["a"] = 1; return nil }
type endless struct{ n int }
func (e endless) String() string { return fmt.Sprintf("%v", e) }
type forever struct{}
func (forever) String() string { for {} }
type odd struct{}
func (odd) MIMEBundle() map[string]any {
	return map[string]any{"text/plain": 7, "application/json": func() {}, "x": nil}
}
[]any{good{}, wild{}, endless{}, forever{}, odd{}, (*good)(nil), error(nil)}`)
	list := values[0].([]any)
	has(t, part(t, list[0], display.MimeHTML), "<b>g</b>")
	has(t, part(t, list[1], display.MimeText), "panicked: assignment to entry in nil map")
	if got := part(t, list[2], display.MimeText); !strings.Contains(got, "stack overflow") {
		t.Errorf("endless recursion: %.300s", got)
	}
	display.Bundle(list[4])
	has(t, part(t, list[5], display.MimeText), "nil")
	part(t, list[6], display.MimeText)

	x := engine.NewExec(context.Background())
	time.AfterFunc(30*time.Millisecond, x.Interrupt)
	done := make(chan map[string]any, 1)
	go x.Do(func() {
		data, _ := display.Bundle(list[3])
		done <- data
	})
	select {
	case data := <-done:
		has(t, data[display.MimeText].(string), "was stopped")
	case <-time.After(5 * time.Second):
		t.Error("a String that never returns cannot be interrupted")
	}
}

// TestCapture keeps what a cell's code prints and shows from the cell.
func TestCapture(t *testing.T) {
	s := newSession()
	c, values := run(t, s, `import ("fmt"; "cliplab/kernel/display")
f := func() {
	if _, err := display.Input("?"); err == nil { panic("asked though nobody runs the cell") }
	fmt.Println("out"); display.Show(1); println("err"); panic("end")
}
f`)
	var out, errs bytes.Buffer
	var shown []any
	r := display.Recorder{Stdout: &out, Stderr: &errs,
		Show: func(o display.Output) { shown = append(shown, o.Data[display.MimeText]) }}
	err := display.Here().Capture(r, values[0].(func()))
	var p *engine.Panic
	if !errors.As(err, &p) || p.Value != "end" {
		t.Errorf("ended with %v", err)
	}
	if out.String() != "out\n" || errs.String() != "err\n" || len(shown) != 1 || c.text() != "" {
		t.Errorf("%q, %q, %v; the cell has %q", &out, &errs, shown, c.text())
	}
}
