package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"cliplab/kernel/display"
	"cliplab/kernel/runner"
	"cliplab/lab/progress"
)

// terminal shows a run on the screen: a line a cell, and the bars of the running cell, which
// it shows in the notebook too. On a screen, lines are redrawn; in a log, each is written
// once.
type terminal struct {
	mu      sync.Mutex
	out     *os.File
	tty     bool
	width   int
	cellNow string
	started time.Time
	shown   map[*progress.Bar]*display.Handle
	logged  map[*progress.Bar]time.Time
	restore func()
}

// newTerminal takes a copy of the file, since the cells get the process's own streams.
func newTerminal(out *os.File) *terminal {
	t := &terminal{out: out, width: 100, shown: map[*progress.Bar]*display.Handle{},
		logged: map[*progress.Bar]time.Time{}}
	if fd := int(out.Fd()); term.IsTerminal(fd) {
		t.tty = true
		if w, _, err := term.GetSize(fd); err == nil && w > 20 {
			t.width = w
		}
	}
	t.restore = progress.SetSink(t)
	return t
}

func (t *terminal) close() { t.restore() }

// cell is told when a cell starts and ends.
func (t *terminal) cell(e runner.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	label := fmt.Sprintf("[%2d/%d] %s", e.Number, e.Total, e.Cell.FirstLine())
	switch e.State {
	case runner.Started:
		t.cellNow, t.started = label, time.Now()
		if t.tty {
			t.draw("… " + label)
		}
		return
	case runner.Failed:
		t.line("✗ "+label, e.Elapsed)
		fmt.Fprintf(t.out, "  %s\n", (&runner.CellError{Number: e.Number, Failure: e.Failure}).Error())
	default:
		t.line("✓ "+label, e.Elapsed)
	}
}

func (t *terminal) line(text string, elapsed time.Duration) {
	if t.tty {
		fmt.Fprint(t.out, "\r\x1b[K")
	}
	took := short(elapsed)
	text = clip(text, t.width-len(took)-2)
	fmt.Fprintf(t.out, "%s  %s\n", text, took)
}

func (t *terminal) draw(text string) {
	fmt.Fprint(t.out, "\r\x1b[K"+clip(text, t.width-1))
}

// Update implements progress.Sink: the bar is one output of the running cell and one line of
// the screen.
func (t *terminal) Update(s progress.State) {
	t.mu.Lock()
	handle := t.shown[s.Bar]
	if handle == nil {
		handle = display.NewHandle()
		t.shown[s.Bar] = handle
	}
	switch {
	case t.tty:
		t.draw("… " + s.String())
	case s.Done || time.Since(t.logged[s.Bar]) > 10*time.Second:
		t.logged[s.Bar] = time.Now()
		fmt.Fprintln(t.out, "  "+s.String())
	}
	t.mu.Unlock()
	handle.Update(s)
}

func (t *terminal) summary(s *runner.Summary) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "%d of %d cells in %s\n", s.Executed, s.Cells, short(s.Elapsed))
}

func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// clip cuts a line to a number of characters.
func clip(s string, width int) string {
	r := []rune(s)
	if width < 2 || len(r) <= width {
		return s
	}
	return string(r[:width-1]) + "…"
}
