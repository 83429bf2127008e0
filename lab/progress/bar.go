package progress

import (
	"sync"
	"sync/atomic"
	"time"
)

// interval is the shortest time between two updates of one bar.
const interval = 100 * time.Millisecond

// Bar is the progress of one computation. Its methods are safe for concurrent use, and a nil
// Bar does nothing.
type Bar struct {
	title string
	total int
	start time.Time
	next  atomic.Int64 // nanoseconds after start before which no update is due
	step  atomic.Int64

	mu      sync.Mutex // also orders the updates
	note    string
	done    bool
	picture *picture
}

// New starts a bar of total steps; a total of 0 or less is one whose end is not known.
func New(title string, total int) *Bar {
	b := &Bar{title: title, total: max(total, 0), start: time.Now()}
	b.show()
	return b
}

// Set says that step steps are done, and adds a note such as the loss.
func (b *Bar) Set(step int, note string) {
	if b == nil {
		return
	}
	b.step.Store(int64(step))
	b.mu.Lock()
	b.note = note
	b.mu.Unlock()
	b.due(step)
}

// Show puts a value under the bar where there is room for it, in a notebook: a picture of the
// loss, drawn anew from time to time. It is asked for its MIMEBundle when it is shown, and only
// then; nil takes it away.
func (b *Bar) Show(value any) {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.picture = newPicture(value)
	b.mu.Unlock()
}

// Add says that n more steps are done.
func (b *Bar) Add(n int) {
	if b != nil {
		b.due(int(b.step.Add(int64(n))))
	}
}

// Done ends the bar. A bar that did not reach its total stays where it is.
func (b *Bar) Done() {
	if b == nil {
		return
	}
	b.mu.Lock()
	again := b.done
	b.done = true
	b.mu.Unlock()
	if !again {
		b.show()
	}
}

// due shows the bar if its last update is long enough ago; one goroutine wins.
func (b *Bar) due(step int) {
	now := int64(time.Since(b.start))
	next := b.next.Load()
	last := b.total > 0 && step == b.total
	if now < next && !last || !b.next.CompareAndSwap(next, now+int64(interval)) {
		return
	}
	b.show()
}

func (b *Bar) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next.Store(int64(time.Since(b.start) + interval))
	current().Update(State{
		Bar: b, Title: b.title, Step: int(b.step.Load()), Total: b.total, Note: b.note,
		Elapsed: time.Since(b.start), Done: b.done, picture: b.picture,
	})
}
