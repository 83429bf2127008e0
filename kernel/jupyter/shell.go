package jupyter

import (
	"sync"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/wire"
)

// shell is the main shell or a subshell: a queue of requests and a goroutine that works them
// off in order.
type shell struct {
	id     string
	kernel *Kernel

	mu      sync.Mutex
	some    *sync.Cond
	queue   []*request
	closed  bool
	running *engine.Exec // of the cell that runs
	taken   bool         // a cell is at work, though its code may not run yet
	early   bool         // it was interrupted before its code ran
	failed  time.Time    // when a cell failed that stops those after it
}

// request is a message with the way of its answer.
type request struct {
	*wire.Message
	channel *channel
	shell   *shell
	arrived time.Time
	abort   bool // a cell before it failed
}

func newShell(k *Kernel, id string) *shell {
	s := &shell{id: id, kernel: k}
	s.some = sync.NewCond(&s.mu)
	go s.work()
	return s
}

// put adds a request to the queue.
func (s *shell) put(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.shell = s
	s.queue = append(s.queue, r)
	s.some.Signal()
}

func (s *shell) work() {
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed {
			s.some.Wait()
		}
		if s.closed {
			s.mu.Unlock()
			return
		}
		r := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		r.abort = r.abort || s.tooLate(r)
		s.mu.Unlock()
		s.kernel.handle(r)
	}
}

// close ends the shell after what runs in it.
func (s *shell) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.some.Signal()
	if s.running != nil {
		s.running.Interrupt()
	}
}

// take marks that a request is at work, before front ends hear of it: an interrupt from now on is
// meant for it. The result ends that.
func (s *shell) take() (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.early = true, false
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.taken = false
	}
}

// interrupt stops the running cell.
func (s *shell) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running != nil:
		s.running.Interrupt()
	case s.taken:
		s.early = true
	}
}

// run marks x as what an interrupt stops, until the result is called.
func (s *shell) run(x *engine.Exec) (ended func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = x
	if s.early {
		s.early = false
		x.Interrupt()
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running = nil
	}
}

// inFlight is how long after a failure requests may arrive that were sent before it.
const inFlight = 100 * time.Millisecond

// fail aborts the cells that wait in the queue, and those that are on their way: the front end
// sent them before it knew.
func (s *shell) fail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = time.Now()
	for _, r := range s.queue {
		r.abort = true
	}
}

// tooLate tells whether a request was sent before the front end knew of a failure.
func (s *shell) tooLate(r *request) bool {
	if s.failed.IsZero() || r.arrived.After(s.failed.Add(inFlight)) {
		return false
	}
	sent, err := time.Parse(time.RFC3339Nano, r.Header.Date)
	return err == nil && sent.Before(s.failed) && r.arrived.After(s.failed)
}
