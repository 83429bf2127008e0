package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
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
	mu   sync.Mutex
	w    io.Writer
	tty  bool
	last map[*Bar]time.Time
}

// NewTerminal returns a sink that writes to w, and finds out whether w is a terminal.
func NewTerminal(w io.Writer) *Terminal {
	t := &Terminal{w: w, last: map[*Bar]time.Time{}}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		t.tty = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return t
}

// Update draws a bar.
func (t *Terminal) Update(s State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tty {
		fmt.Fprintf(t.w, "\r\x1b[K%s", s)
		if s.Done {
			fmt.Fprintln(t.w)
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
