package zmtp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// listen binds an endpoint. The file of an ipc socket is open to its owner only, and one
// that a dead process left is replaced.
func listen(e endpoint) (net.Listener, error) {
	var config net.ListenConfig
	if e.network == "unix" {
		if err := removeStale(e.address); err != nil {
			return nil, err
		}
		config.Control = ownerOnly
	}
	l, err := config.Listen(context.Background(), e.network, e.address)
	if err != nil {
		return nil, fmt.Errorf("zmtp: listen on %v: %w", e, err)
	}
	if e.network == "unix" {
		if err := os.Chmod(e.address, 0o600); err != nil {
			l.Close()
			return nil, fmt.Errorf("zmtp: listen on %v: %w", e, err)
		}
	}
	return l, nil
}

// removeStale removes the file of a socket that nobody serves any more.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("zmtp: listen on ipc://%s: %w", path, err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("zmtp: listen on ipc://%s: the file is there and is no socket", path)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return fmt.Errorf("zmtp: listen on ipc://%s: another process serves it", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("zmtp: listen on ipc://%s: %w", path, err)
	}
	return nil
}

// accept serves whoever connects until the listener is closed. When descriptors run out it
// waits for better times.
func (s *Socket) accept() {
	defer s.running.Done()
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			s.running.Go(func() { s.serve(conn) })
		case errors.Is(err, net.ErrClosed):
			return
		default:
			s.grumble("zmtp: accept on %s: %v", s.Addr(), err)
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// vestibule holds the connections that have not shaken hands. When it is full the one that
// is longest in there has to leave: who speaks ZMTP needs a moment only.
type vestibule struct {
	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

// enter says whether the connection may shake hands.
func (v *vestibule) enter(conn net.Conn) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return false
	}
	if len(v.conns) == maxHalfOpen {
		v.conns[0].Close()
		v.conns = slices.Delete(v.conns, 0, 1)
	}
	v.conns = append(v.conns, conn)
	return true
}

func (v *vestibule) leave(conn net.Conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if i := slices.Index(v.conns, conn); i >= 0 {
		v.conns = slices.Delete(v.conns, i, i+1)
	}
}

// close sends everybody away.
func (v *vestibule) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	for _, conn := range v.conns {
		conn.Close()
	}
}
