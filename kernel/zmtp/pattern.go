package zmtp

import (
	"errors"
	"fmt"
	"syscall"
)

// pattern is what distinguishes the kinds of sockets. Those of its methods that take a peer
// are called by that peer's reader.
type pattern interface {
	// attach takes a peer in before it is read.
	attach(p *peer) error
	// detach forgets it after it was read, for the reason of err.
	detach(p *peer, err error)
	// deliver takes a message in; an error ends the peer.
	deliver(p *peer, message [][]byte) error
	// subscribe obeys SUBSCRIBE and CANCEL.
	subscribe(p *peer, topic []byte, add bool) error

	send(message [][]byte) error
	recv() ([][]byte, error)
	// close lets recv return err from now on.
	close(err error)
}

func newPattern(k Kind, o Options, grumble func(string, ...any)) pattern {
	switch k {
	case Router:
		return newRouter(grumble)
	case Rep:
		return newRep(grumble)
	case XPub:
		return &xpub{welcome: o.Welcome, grumble: grumble}
	case Req:
		return newReq()
	case Sub:
		return newSub()
	}
	return newDealer()
}

var errNoFrame = errors.New("zmtp: a message has at least one frame")

// reset says that the other side hung up on us.
func reset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// tooSlow is the reason why a peer loses its connection.
func tooSlow(p *peer) string {
	return fmt.Sprintf("zmtp: %v is %d MiB behind and is closed", p, p.out.bound>>20)
}
