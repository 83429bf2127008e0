package zmtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Socket is one end of a pattern, with any number of peers if it listens and one if it
// dialed. Its methods may be called at the same time.
type Socket struct {
	kind     Kind
	options  Options
	end      endpoint
	listener net.Listener // nil after Dial
	pattern  pattern
	log      complaints
	arrivals vestibule

	mu      sync.Mutex
	peers   map[*peer]struct{}
	closed  atomic.Bool    // set under mu
	running sync.WaitGroup // all goroutines
}

// Listen binds a Router, Rep or XPub to an address such as "tcp://127.0.0.1:0" or
// "ipc:///run/kernel-1" and serves those who connect.
func Listen(kind Kind, address string, o Options) (*Socket, error) {
	if !kind.listens() {
		return nil, fmt.Errorf("zmtp: a %s socket does not listen; dial with it", kind)
	}
	end, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	listener, err := listen(end)
	if err != nil {
		return nil, err
	}
	if end.network == "tcp" {
		end.address = listener.Addr().String() // with the port that was chosen
	}
	s := newSocket(kind, end, o)
	s.listener = listener
	s.running.Add(1)
	go s.accept()
	return s, nil
}

// Dial connects a Dealer, Req or Sub to an address and shakes hands, which the context may
// cut short. It does not connect again when the connection ends; Recv then says io.EOF.
func Dial(ctx context.Context, kind Kind, address string, o Options) (*Socket, error) {
	if !kind.dials() {
		return nil, fmt.Errorf("zmtp: a %s socket does not dial; listen with it", kind)
	}
	end, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	if n := len(o.ServerKey); n != 0 && n != keySize {
		return nil, fmt.Errorf("zmtp: server key of %d bytes; it has %d", n, keySize)
	}
	conn, err := new(net.Dialer).DialContext(ctx, end.network, end.address)
	if err != nil {
		return nil, fmt.Errorf("zmtp: dial %v: %w", end, err)
	}
	s := newSocket(kind, end, o)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	p, err := shake(conn, kind, s.options)
	if !stop() {
		err = errors.Join(err, ctx.Err())
	}
	if err == nil {
		err = s.admit(p)
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("zmtp: dial %v: %w", end, err)
	}
	s.running.Go(func() { s.converse(p) })
	return s, nil
}

func newSocket(kind Kind, end endpoint, o Options) *Socket {
	o = o.withDefaults()
	s := &Socket{kind: kind, options: o, end: end, peers: map[*peer]struct{}{}}
	s.log.to = o.Log
	s.pattern = newPattern(kind, o, s.grumble)
	return s
}

// Addr is the address with the port that was chosen, such as "tcp://127.0.0.1:40321".
func (s *Socket) Addr() string { return s.end.String() }

// Recv waits for the next message. A Router puts the identity of the peer before it. After
// Close the error is net.ErrClosed. The frames belong to the caller.
func (s *Socket) Recv() ([][]byte, error) { return s.pattern.recv() }

// Send queues a message. The first frame of a Router's message is the identity of the peer,
// and the message is lost if there is no such peer. Listening sockets do not wait for their
// peers. The frames must not be changed afterwards.
func (s *Socket) Send(message [][]byte) error {
	if s.closed.Load() {
		return s.over()
	}
	return s.pattern.send(message)
}

func (s *Socket) over() error {
	return fmt.Errorf("zmtp: socket %s: %w", s.Addr(), net.ErrClosed)
}

// Subscribe asks for the messages whose first frame starts with topic. Only a Sub does.
func (s *Socket) Subscribe(topic string) error {
	if p, ok := s.pattern.(sub); ok {
		return p.ask([]byte(topic))
	}
	return fmt.Errorf("zmtp: a %s socket does not subscribe", s.kind)
}

// Close lets peers read what was sent to them, for a moment at most, and ends the socket.
// The file of an ipc address is deleted.
func (s *Socket) Close() error {
	s.mu.Lock()
	if s.closed.Swap(true) {
		s.mu.Unlock()
		return nil
	}
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	s.arrivals.close()
	s.pattern.close(s.over())
	for p := range s.peers {
		p.conn.SetDeadline(time.Now().Add(linger))
		p.out.finish()
	}
	s.mu.Unlock()
	s.running.Wait()
	return err
}

// serve takes one arrival from greeting to end.
func (s *Socket) serve(conn net.Conn) {
	defer conn.Close()
	if !s.arrivals.enter(conn) {
		return
	}
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	p, err := shake(conn, s.kind, s.options)
	s.arrivals.leave(conn)
	if err == nil {
		err = s.admit(p)
	}
	if err != nil {
		if !ended(err) {
			s.grumble("zmtp: %s turned a connection away: %v", s.Addr(), err)
		}
		return
	}
	s.converse(p)
}

// admit makes the peer known to the pattern, unless the socket is closed.
func (s *Socket) admit(p *peer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return net.ErrClosed
	}
	p.conn.SetDeadline(time.Time{})
	if err := s.pattern.attach(p); err != nil {
		return err
	}
	s.peers[p] = struct{}{}
	return nil
}

// converse reads and writes until one of both ends, or until Close and the last byte.
func (s *Socket) converse(p *peer) {
	defer p.conn.Close()
	written := make(chan struct{})
	go func() {
		defer close(written)
		if p.write() != nil {
			p.conn.Close()
		} else if half, ok := p.conn.(interface{ CloseWrite() error }); ok {
			half.CloseWrite() // the peer reads to the end, then closes
			p.conn.SetReadDeadline(time.Now().Add(farewell))
		}
	}()
	err := p.read(s.pattern, s.options.MaxFrame)
	s.mu.Lock()
	closed := s.closed.Load()
	delete(s.peers, p)
	s.mu.Unlock()
	s.pattern.detach(p, err)
	if !closed {
		p.out.abort()
		p.conn.Close()
		if !ended(err) {
			s.grumble("zmtp: %s closed %v: %v", s.Addr(), p, err)
		}
	}
	<-written
}

func (s *Socket) grumble(format string, args ...any) {
	s.log.say(fmt.Sprintf(format, args...))
}
