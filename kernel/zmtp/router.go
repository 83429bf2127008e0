package zmtp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// router prepends the identity of the peer to what comes, and sends to the identity that
// the first frame names (RFC 28).
type router struct {
	inbox   inbox
	grumble func(string, ...any)

	mu    sync.Mutex
	peers map[string]*peer
	given uint32 // identities to peers without
}

func newRouter(grumble func(string, ...any)) *router {
	r := &router{peers: map[string]*peer{}, grumble: grumble}
	r.inbox.init()
	return r
}

// attach gives a peer without identity one that starts with a zero octet, as libzmq does. A
// peer that comes back under an identity takes it over from its old connection.
func (r *router) attach(p *peer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(p.identity) == 0 {
		r.given++
		p.identity = binary.BigEndian.AppendUint32([]byte{0}, r.given)
	} else if p.identity[0] == 0 {
		return fmt.Errorf("zmtp: identity %q starts with a zero octet, which is reserved", p.identity)
	}
	if old := r.peers[string(p.identity)]; old != nil {
		old.drop()
	}
	r.peers[string(p.identity)] = p
	p.in = r.inbox.lane(p)
	return nil
}

func (r *router) detach(p *peer, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.peers[string(p.identity)] == p {
		delete(r.peers, string(p.identity))
	}
}

func (r *router) deliver(p *peer, message [][]byte) error {
	r.inbox.put(p.in, slices.Insert(message, 0, p.identity))
	return nil
}

func (r *router) subscribe(*peer, []byte, bool) error { return nil }

func (r *router) recv() ([][]byte, error) {
	_, message, err := r.inbox.get()
	return message, err
}

func (r *router) send(message [][]byte) error {
	if len(message) < 2 {
		return errors.New("zmtp: a Router sends an identity and at least one frame")
	}
	r.mu.Lock()
	p := r.peers[string(message[0])]
	r.mu.Unlock()
	if p != nil && !p.out.put(parcel{frames: message[1:]}) {
		r.grumble("%s", tooSlow(p))
		p.drop()
	}
	return nil
}

func (r *router) close(err error) { r.inbox.close(err) }
