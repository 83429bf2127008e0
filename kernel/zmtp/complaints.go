package zmtp

import (
	"fmt"
	"sync"
	"time"
)

// complaints go to the log at most once a second, so that strangers cannot fill it.
type complaints struct {
	to func(string)

	mu     sync.Mutex
	last   time.Time
	unsaid int
}

func (c *complaints) say(line string) {
	if c.due(&line) {
		c.to(line) // not under the lock, since it is foreign
	}
}

func (c *complaints) due(line *string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.last) < time.Second {
		c.unsaid++
		return false
	}
	if c.unsaid > 0 {
		*line += fmt.Sprintf(" (and %d more complaints)", c.unsaid)
	}
	c.last, c.unsaid = now, 0
	return true
}
