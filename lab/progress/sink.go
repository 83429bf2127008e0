package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// Sink shows bars. Updates of one bar come in order, those of several bars at the same time.
type Sink interface {
	Update(State)
}

var (
	sinkMu sync.RWMutex
	sink   Sink
)

// SetSink makes s show all bars from now on, nil the default; the result undoes it.
func SetSink(s Sink) (restore func()) {
	sinkMu.Lock()
	defer sinkMu.Unlock()
	old := sink
	sink = s
	return func() {
		sinkMu.Lock()
		defer sinkMu.Unlock()
		sink = old
	}
}

var stderr = sync.OnceValue(func() Sink { return NewTerminal(os.Stderr) })

func current() Sink {
	sinkMu.RLock()
	defer sinkMu.RUnlock()
	if sink == nil {
		return stderr()
	}
	return sink
}

// Terminal writes bars to a terminal, redrawing one line, or as plain lines to a file: the
// first, the last, and one every ten seconds.
type Terminal struct {
	mu    sync.Mutex
	w     io.Writer
	tty   bool
	width func() int // of the terminal, 0 if it does not tell
	last  map[*Bar]time.Time
	drawn string // the line that is redrawn
}

// NewTerminal returns a sink that writes to w, and finds out whether w is a terminal.
func NewTerminal(w io.Writer) *Terminal {
	t := &Terminal{w: w, last: map[*Bar]time.Time{}}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		t.tty = err == nil && info.Mode()&os.ModeCharDevice != 0
		t.width = func() int {
			width, _, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return 0
			}
			return width
		}
	}
	return t
}

// Update draws a bar.
func (t *Terminal) Update(s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tty {
		t.drawn = t.fit(s)
		fmt.Fprint(t.w, "\r\x1b[K"+t.drawn)
		if s.Done {
			fmt.Fprintln(t.w)
			t.drawn = ""
		}
		return
	}
	if since, ok := t.last[s.Bar]; ok && !s.Done && time.Since(since) < 10*time.Second {
		return
	}
	fmt.Fprintln(t.w, s)
	t.last[s.Bar] = time.Now()
	if s.Done {
		delete(t.last, s.Bar)
	}
}

// Say writes a line above the bar that is being redrawn.
func (t *Terminal) Say(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.drawn == "" {
		fmt.Fprintln(t.w, line)
		return
	}
	fmt.Fprint(t.w, "\r\x1b[K"+line+"\n"+t.drawn)
}

// fit draws a bar no wider than the terminal, since a line that wraps cannot be redrawn: the bar
// itself gets shorter first, then the line is cut.
func (t *Terminal) fit(s State) string {
	const bar = 24
	line := s.String()
	if t.width == nil {
		return line
	}
	room := t.width() - 1
	over := utf8.RuneCountInString(line) - room
	if room < 10 || over <= 0 {
		return line
	}
	line = s.Line(max(bar-over, 4))
	if runes := []rune(line); len(runes) > room {
		line = string(runes[:room-1]) + "…"
	}
	return line
}
