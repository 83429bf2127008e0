package zmtp

import (
	"errors"
	"slices"
	"sync"
)

// rep takes the envelope off a request and puts it on the answer, which goes to whom the
// request came from. A request that is received before the last was answered replaces it.
type rep struct {
	inbox   inbox
	grumble func(string, ...any)

	mu       sync.Mutex
	asker    *peer
	envelope [][]byte // up to the empty frame, with it
}

func newRep(grumble func(string, ...any)) *rep {
	r := &rep{grumble: grumble}
	r.inbox.init()
	return r
}

func (r *rep) attach(p *peer) error {
	p.in = r.inbox.lane(p)
	return nil
}

func (r *rep) detach(*peer, error) {}

// deliver passes over a message that is no request: without the empty frame or a body.
func (r *rep) deliver(p *peer, message [][]byte) error {
	if n := envelopeSize(message); n > 0 && n < len(message) {
		r.inbox.put(p.in, message)
	}
	return nil
}

func (r *rep) subscribe(*peer, []byte, bool) error { return nil }

func (r *rep) recv() ([][]byte, error) {
	p, message, err := r.inbox.get()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := envelopeSize(message)
	r.asker, r.envelope = p, message[:n:n]
	return message[n:], nil
}

func (r *rep) send(message [][]byte) error {
	if len(message) == 0 {
		return errNoFrame
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.asker
	if p == nil {
		return errors.New("zmtp: a Rep socket sends only after it has received a request")
	}
	if !p.out.put(parcel{frames: append(r.envelope, message...)}) {
		r.grumble("%s", tooSlow(p))
		p.drop()
	}
	r.asker, r.envelope = nil, nil
	return nil
}

func (r *rep) close(err error) { r.inbox.close(err) }

// envelopeSize counts the frames up to the first empty one, with it; 0 if there is none.
func envelopeSize(message [][]byte) int {
	return 1 + slices.IndexFunc(message, func(f []byte) bool { return len(f) == 0 })
}
