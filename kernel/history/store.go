package history

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// DefaultLimit is how many inputs are kept where nobody says otherwise.
const DefaultLimit = 10_000

// ownBytes bounds what a session keeps of itself in memory.
const ownBytes = 16 << 20

// Store is the history as one session sees it. Its methods may be called from any goroutine.
type Store struct {
	limit int

	mu      sync.Mutex
	disk    *file         // nil: memory only; after a failure only read
	session int           // 0 until numbered, at the first input or question
	own     []Entry       // of this session, by line
	size    int           // bytes of own
	pending []Entry       // not yet written
	idle    chan struct{} // closed when the writer is done; nil: none runs
	closed  bool
	warn    func(error)
	failure error // why the disk is no longer written
}

// Open returns the history in the file at path, of at most limit inputs (0: [DefaultLimit]).
// An empty path means memory only. It touches no disk and the store is never nil: an error says
// that the path cannot be used and that the history is in memory only.
func Open(path string, limit int) (*Store, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	s := &Store{limit: limit}
	if path == "" {
		s.session = 1
		return s, nil
	}
	abs, err := filepath.Abs(path) // cells may change the folder
	if err != nil {
		s.session = 1
		return s, failed(path, err)
	}
	s.disk = &file{path: abs, limit: limit, write: (*os.File).Write}
	return s, nil
}

func failed(path string, err error) error {
	return fmt.Errorf("history: %s: %w; inputs are kept in memory only "+
		"(set CLIPLAB_HISTORY to another file, or to off)", path, err)
}

// OnWarning sets what hears, once at most and from another goroutine, that history cannot be
// kept on disk.
func (s *Store) OnWarning(f func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warn = f
}

// Warning says why history is not kept on disk, nil while it is.
func (s *Store) Warning() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Session is the number of this session, from 1. The first call may wait for the disk.
func (s *Store) Session() int {
	s.mu.Lock()
	for s.session == 0 {
		s.start()
		idle := s.idle
		s.mu.Unlock()
		<-idle
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	return s.session
}

// Add remembers an input and, unless empty, its output. It does not wait for the disk. The same
// line again takes the place of the earlier.
func (s *Store) Add(line int, input, output string) {
	if line < 1 {
		return
	}
	e := Entry{Line: line, Input: cut(input, maxInput), Output: cut(output, maxOutput)}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := slices.BinarySearchFunc(s.own, e, func(a, b Entry) int {
		return cmp.Compare(a.Line, b.Line)
	})
	if found {
		s.size -= s.own[i].bytes()
		s.own[i] = e
	} else {
		s.own = slices.Insert(s.own, i, e)
	}
	s.size += e.bytes()
	for len(s.own) > s.limit || s.size > ownBytes && len(s.own) > 1 {
		s.size -= s.own[0].bytes()
		s.own[0] = Entry{} // the strings, not only the place
		s.own = s.own[1:]
	}
	if s.disk == nil || s.failure != nil || s.closed {
		return
	}
	if s.pending = append(s.pending, e); len(s.pending) > s.limit {
		s.pending = s.pending[1:] // the disk hangs
	}
	s.start()
}

func (e Entry) bytes() int { return len(e.Input) + len(e.Output) }

// start has a writer running. The caller holds the mutex.
func (s *Store) start() {
	if s.idle == nil && s.disk != nil {
		s.idle = make(chan struct{})
		go s.drain(s.disk)
	}
}

// drain writes what is pending, until nothing is.
func (s *Store) drain(disk *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) > 0 || s.session == 0 {
		batch, session := s.pending, s.session
		s.pending = nil
		s.mu.Unlock()
		session, err := disk.append(session, batch)
		s.mu.Lock()
		s.session = session
		if err != nil {
			s.failure = failed(disk.path, err)
			s.pending = nil
			if s.warn != nil {
				go s.warn(s.failure)
			}
		}
	}
	close(s.idle)
	s.idle = nil
}

// Close waits, a second at most, until everything is on disk. Inputs added later stay in
// memory.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	idle := s.idle
	s.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
		case <-time.After(time.Second):
			return fmt.Errorf("history: the disk does not answer; the last inputs are lost")
		}
	}
	return s.Warning()
}
