package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// TestInterruptPlace interrupts cells and wants to be told the line.
func TestInterruptPlace(t *testing.T) {
	for src, line := range map[string]int{
		"n := 0\nfor {\n\tn++\n}":                            3,
		"func f() {\n\tfor {}\n}\n\nf()":                     2,
		"import \"time\"\n\ntime.Sleep(time.Hour)":           3,
		"c := make(chan int, 1)\nfor range 2 {\n\tc <- 1\n}": 3,
	} {
		got, text := 0, ""
		// A busy machine may come to that line late.
		for wait := 30 * time.Millisecond; got != line && wait < 10*time.Second; wait *= 4 {
			s := session.New(session.Options{Packages: symbols.New(), Paths: symbols.Paths})
			x := engine.NewExec(context.Background())
			time.AfterFunc(wait, x.Interrupt)
			_, err := s.Execute(src, x)
			var e *session.RunError
			if !errors.As(err, &e) || e.Name != "interrupted" || len(e.Frames) == 0 {
				t.Errorf("%q: %v", src, err)
				break
			}
			got, text = e.Frames[0].Pos.Line, strings.Join(e.Traceback(), "\n")
		}
		if got != line {
			t.Errorf("%q: at line %d, want %d\n%s", src, got, line, text)
		}
	}
}
