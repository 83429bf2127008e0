package hub

import (
	"fmt"
	"sync"
	"time"

	"cliplab/lab/progress"
)

// meter shows how many bytes of a download have come. A nil meter shows nothing.
type meter struct {
	mu      sync.Mutex
	bar     *progress.Bar
	unit    int64 // bytes of one step of the bar
	at      int64
	start   time.Time
	arrived int64 // since start, for the rate
}

// meter starts a bar for size bytes; for less than a blink there is none.
func (c *Client) meter(title string, size int64) *meter {
	const worth = 256 << 10
	if c.Quiet || size >= 0 && size < worth {
		return nil
	}
	m := &meter{unit: 1_000_000, start: time.Now()}
	unit := "MB"
	if size >= 0 && size < 10_000_000 {
		m.unit, unit = 1000, "kB"
	}
	m.bar = progress.New(title+", "+unit, int((max(size, 0)+m.unit-1)/m.unit))
	return m
}

// add says that n more bytes are there; fewer when a download starts anew.
func (m *meter) add(n int64) {
	if m == nil || n == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at += n
	m.arrived += max(n, 0)
	note := ""
	if s := time.Since(m.start).Seconds(); s > 0.5 {
		note = fmt.Sprintf("%.1f MB/s", float64(m.arrived)/1e6/s)
	}
	m.bar.Set(int((m.at+m.unit-1)/m.unit), note)
}

func (m *meter) done() {
	if m != nil {
		m.bar.Done()
	}
}

// bytesOf is a size as one reads it.
func bytesOf(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f kB", float64(n)/1e3)
}
