package zmtp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// dealer has one peer. Its send waits while the peer is too far behind.
type dealer struct {
	inbox inbox
	peer  *peer
}

func newDealer() *dealer {
	d := &dealer{}
	d.inbox.init()
	return d
}

func (d *dealer) attach(p *peer) error {
	d.peer = p
	p.in = d.inbox.lane(p)
	return nil
}

func (d *dealer) detach(_ *peer, err error) {
	if ended(err) {
		err = io.EOF
	}
	d.inbox.end(fmt.Errorf("zmtp: the peer is gone: %w", err))
}

func (d *dealer) deliver(p *peer, message [][]byte) error {
	d.inbox.put(p.in, message)
	return nil
}

func (d *dealer) subscribe(*peer, []byte, bool) error { return nil }

func (d *dealer) send(message [][]byte) error {
	if len(message) == 0 {
		return errNoFrame
	}
	return d.put(parcel{frames: message})
}

func (d *dealer) put(p parcel) error {
	if !d.peer.out.wait(p) {
		return fmt.Errorf("zmtp: send to a peer that is gone: %w", net.ErrClosed)
	}
	return nil
}

func (d *dealer) recv() ([][]byte, error) {
	_, message, err := d.inbox.get()
	return message, err
}

func (d *dealer) close(err error) { d.inbox.close(err) }

// req is a dealer that asks, then waits for the answer. An empty frame stands between the
// envelope, which it has none of, and the question.
type req struct {
	*dealer
	mu    sync.Mutex
	asked bool
}

func newReq() *req { return &req{dealer: newDealer()} }

func (r *req) send(message [][]byte) error {
	if len(message) == 0 {
		return errNoFrame
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked {
		return errors.New("zmtp: a Req socket sends only after it has received the last answer")
	}
	r.asked = true
	return r.put(parcel{frames: append([][]byte{nil}, message...)})
}

func (r *req) recv() ([][]byte, error) {
	for {
		message, err := r.dealer.recv()
		if err != nil {
			return nil, err
		}
		if len(message) < 2 || len(message[0]) > 0 {
			continue // no answer
		}
		r.mu.Lock()
		r.asked = false
		r.mu.Unlock()
		return message[1:], nil
	}
}

// sub receives what it subscribed to.
type sub struct{ *dealer }

func newSub() sub { return sub{newDealer()} }

func (sub) send([][]byte) error { return errors.New("zmtp: a Sub socket does not send") }

// ask subscribes in the way of the version that the peer speaks.
func (s sub) ask(topic []byte) error {
	if s.peer.minor == 0 {
		return s.put(parcel{frames: [][]byte{append([]byte{1}, topic...)}})
	}
	body := append(appendName(nil, "SUBSCRIBE"), topic...)
	return s.put(parcel{frames: [][]byte{body}, command: true})
}
