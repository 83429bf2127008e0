package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"cliplab/kernel/runner"
	"cliplab/lab/progress"

	"golang.org/x/term"
)

// terminal tells on stderr how the cells proceed: one line a cell, and on a real terminal the
// running cell, or its progress bar, redrawn in the last line.
type terminal struct {
	out *os.File
	tty bool

	mu      sync.Mutex
	running *runner.Event // nil between cells
	started time.Time
	latest  *progress.State // the bar that moved last in this cell
	printed time.Time       // of the last plain line of a bar
	stop    chan struct{}
	drawn   bool // the last line holds something to be redrawn
}

func newTerminal(out *os.File) *terminal {
	return &terminal{out: out, tty: term.IsTerminal(int(out.Fd()))}
}

// begin starts a notebook; on a terminal the elapsed time ticks from then on.
func (t *terminal) begin(name string) {
	t.say("executing " + name)
	if !t.tty {
		return
	}
	t.stop = make(chan struct{})
	tick := time.NewTicker(200 * time.Millisecond)
	go func(stop chan struct{}) {
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				t.mu.Lock()
				t.draw()
				t.mu.Unlock()
			}
		}
	}(t.stop)
}

func (t *terminal) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop != nil {
		close(t.stop)
		t.stop = nil
	}
	t.running = nil
	t.clear()
}

// say writes a line.
func (t *terminal) say(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	fmt.Fprintln(t.out, line)
}

// cell takes the runner's events.
func (t *terminal) cell(e runner.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.State == runner.Started {
		t.running, t.started, t.latest = &e, time.Now(), nil
		t.draw()
		return
	}
	t.running = nil
	t.clear()
	mark := "✓"
	switch e.State {
	case runner.Failed:
		mark = "✗"
	case runner.Expected:
		mark = "✓ (failed as announced)"
	}
	line := fmt.Sprintf("%s %s %6.1f s  %s", number(e), mark, e.Elapsed.Seconds(),
		title(e.Cell.Source))
	fmt.Fprintln(t.out, t.fit(line))
	if e.State == runner.Failed {
		fmt.Fprintln(t.out, indent(t.trace(e.Failure)))
	}
}

// trace is the traceback, in colours only for a terminal.
func (t *terminal) trace(f *runner.Failure) string {
	text := strings.Join(f.Traceback, "\n")
	if text == "" {
		text = f.Error()
	}
	if !t.tty {
		text = uncoloured(text)
	}
	lines := strings.Split(text, "\n")
	const most = 30
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("… %d lines more", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}

// bar takes the state of a progress bar.
func (t *terminal) bar(s progress.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latest = &s
	if t.tty {
		t.draw()
		return
	}
	const every = 10 * time.Second
	if s.Done || time.Since(t.printed) > every {
		fmt.Fprintln(t.out, "        "+s.String())
		t.printed = time.Now()
	}
}

// draw writes the line of the running cell over itself.
func (t *terminal) draw() {
	if !t.tty || t.running == nil {
		return
	}
	elapsed := time.Since(t.started)
	line := fmt.Sprintf("%s … %6.1f s  %s", number(*t.running), elapsed.Seconds(),
		title(t.running.Cell.Source))
	if t.latest != nil && !t.latest.Done {
		line = number(*t.running) + " " + t.latest.String()
	}
	fmt.Fprint(t.out, "\r\x1b[K"+t.fit(line))
	t.drawn = true
}

func (t *terminal) clear() {
	if t.drawn {
		fmt.Fprint(t.out, "\r\x1b[K")
		t.drawn = false
	}
}

// fit cuts a line at the width of the terminal, so that redrawing stays in one line.
func (t *terminal) fit(line string) string {
	width := 100
	if t.tty {
		if w, _, err := term.GetSize(int(t.out.Fd())); err == nil && w > 10 {
			width = w - 1
		}
	}
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width-1]) + "…"
}

// summary is the last line about a notebook.
func (t *terminal) summary(sum *runner.Summary, err error) {
	line := fmt.Sprintf("%d of %d cells in %.1f s", sum.Executed, sum.Cells, sum.Elapsed.Seconds())
	switch n := len(sum.Failures); {
	case n == 1:
		line += ", 1 failed"
	case n > 1:
		line += fmt.Sprintf(", %d failed", n)
		for i := range sum.Failures {
			line += "\n  " + sum.Failures[i].Error()
		}
	}
	if err != nil && sum.Executed < sum.Cells {
		line += fmt.Sprintf(", %d not run", sum.Cells-sum.Executed)
	}
	t.say(line)
}

// title is the first line of a cell that says what it is about: imports do not.
func title(source string) string {
	first, block := "", false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case first == "":
			first = line
		}
		switch {
		case block:
			block = line != ")"
		case strings.HasPrefix(line, "import (") && !strings.HasSuffix(line, ")"):
			block = true
		case !strings.HasPrefix(line, "import "):
			return line
		}
	}
	return first
}

func number(e runner.Event) string {
	width := len(fmt.Sprint(e.Total))
	return fmt.Sprintf("[%*d/%d]", width, e.Number, e.Total)
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }

// uncoloured drops the colours of a traceback.
func uncoloured(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}
