package session_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// TestStrangeCells wants of every strange cell that it ends, with an error of the session's
// own kinds if with any.
func TestStrangeCells(t *testing.T) {
	s := newSession()
	for _, src := range strangeCells {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		x := engine.NewExec(ctx)
		x.Stdout, x.Stderr = io.Discard, io.Discard
		_, err := s.Execute(src, x)
		cancel()
		var c *session.CompileError
		var r *session.RunError
		if err != nil && !errors.As(err, &c) && !errors.As(err, &r) {
			t.Errorf("%q: %T: %v", src, err, err)
		}
		if text := traceback(err); err != nil && text == "" {
			t.Errorf("%q: no traceback of %v", src, err)
		}
	}
	if o := execute(t, s, "1 + 1"); o.value() != "2" {
		t.Errorf("after the strange cells, 1 + 1 is %q: %v", o.value(), o.err)
	}
}
