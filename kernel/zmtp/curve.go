package zmtp

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"
)

// curve is a session of CurveZMQ (RFC 26) after the handshake, the same for both sides.
// In the names of the RFC, C and S are the lasting keys of client and server, C' and S'
// those of this connection.
type curve struct {
	keys curveNames
	key  [keySize]byte // from C' and S'
	sent uint64        // the last nonce of ours
	seen uint64        // the last nonce of the peer, which have to grow

	plain []byte // a frame before it is sealed
}

// curveNames are the first half of the nonces of messages, by direction.
type curveNames struct{ ours, theirs string }

const (
	fromClient = "CurveZMQMESSAGEC"
	fromServer = "CurveZMQMESSAGES"
)

// The flags in the box of a MESSAGE.
const (
	curveMore    = 1
	curveCommand = 2
)

var errCurve = errors.New("zmtp: CURVE: a box does not open; the peer has another key")

// mechanism chooses the security of one connection.
func (o Options) mechanism(server bool) mechanism {
	switch {
	case server && o.Curve != nil:
		return &curveServer{own: o.Curve}
	case !server && len(o.ServerKey) == keySize:
		own := o.Curve
		if own == nil {
			own = NewCurve()
		}
		return &curveClient{own: own, server: [keySize]byte(o.ServerKey)}
	}
	return null{}
}

// nonce joins a name of 16 octets with a counter, or one of 8 with 16 random octets.
func nonce(name string, rest []byte) *[24]byte {
	var n [24]byte
	copy(n[copy(n[:], name):], rest)
	return &n
}

// next returns the next counter of ours.
func (c *curve) next() []byte {
	c.sent++
	return binary.BigEndian.AppendUint64(nil, c.sent)
}

// advance refuses a counter that does not grow: it is replayed.
func (c *curve) advance(counter []byte) error {
	n := binary.BigEndian.Uint64(counter)
	if n <= c.seen {
		return fmt.Errorf("zmtp: CURVE: nonce %d after %d", n, c.seen)
	}
	c.seen = n
	return nil
}

const messageHead = 1 + len("MESSAGE") + 8 // before the box

// seal adds the frame as a MESSAGE: counter and box of flags and body. As libzmq does, it
// goes out as a frame without flags.
func (c *curve) seal(out *batch, flags byte, body []byte) {
	inner := flags & flagMore
	if flags&flagCommand != 0 {
		inner |= curveCommand
	}
	c.plain = append(append(c.plain[:0], inner), body...)
	counter := c.next()
	out.head(0, messageHead+box.Overhead+len(c.plain))
	out.extend(func(b []byte) []byte {
		b = append(appendName(b, "MESSAGE"), counter...)
		return box.SealAfterPrecomputation(b, c.plain, nonce(c.keys.ours, counter), &c.key)
	})
	if cap(c.plain) > fullBatch {
		c.plain = nil
	}
}

// open returns the frame in a MESSAGE.
func (c *curve) open(_ byte, body []byte) (byte, []byte, error) {
	name, data, err := splitCommand(body)
	if err != nil {
		return 0, nil, err
	}
	if name != "MESSAGE" || len(data) < 8+box.Overhead+1 {
		return 0, nil, fmt.Errorf("zmtp: CURVE: %s of %d bytes is no MESSAGE", clip(name), len(body))
	}
	if err := c.advance(data[:8]); err != nil {
		return 0, nil, err
	}
	plain, ok := box.OpenAfterPrecomputation(nil, data[8:], nonce(c.keys.theirs, data[:8]), &c.key)
	if !ok {
		return 0, nil, errCurve
	}
	flags := plain[0] & curveMore
	if plain[0]&curveCommand != 0 {
		flags |= flagCommand
	}
	return flags, plain[1:], nil
}
