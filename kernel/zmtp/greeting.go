package zmtp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// greeting is what both sides send first (RFC 23, "Greeting").
//
//	signature  10  ff 00 00 00 00 00 00 00 00 7f (libzmq fills the middle)
//	version     2  3 1
//	mechanism  20  "NULL" or "CURVE", padded with zeros
//	as-server   1  1 for the server of CURVE (which libzmq leaves 0)
//	filler     31
type greeting struct {
	minor     byte
	mechanism string
	server    bool // only told, since the peer cannot rely on it
}

const greetingSize = 64

func (g greeting) bytes() []byte {
	b := make([]byte, greetingSize)
	b[0], b[9] = 0xff, 0x7f
	b[10], b[11] = 3, 1
	copy(b[12:32], g.mechanism)
	if g.server {
		b[32] = 1
	}
	return b
}

var errNoZMTP = errors.New("zmtp: the peer does not speak ZMTP")

// readGreeting reads no further than it must to know a stranger: HTTP fails at its first
// byte, ZMTP 1.0 at its tenth, ZMTP 2.0 at its eleventh.
func readGreeting(r io.Reader) (greeting, error) {
	var b [greetingSize]byte
	if _, err := io.ReadFull(r, b[:1]); err != nil {
		return greeting{}, err
	}
	if b[0] != 0xff {
		return greeting{}, errNoZMTP
	}
	if _, err := io.ReadFull(r, b[1:10]); err != nil {
		return greeting{}, err
	}
	if b[9] != 0x7f { // the length and flags of a ZMTP 1.0 frame
		return greeting{}, errNoZMTP
	}
	if _, err := io.ReadFull(r, b[10:11]); err != nil {
		return greeting{}, err
	}
	if b[10] < 3 {
		return greeting{}, fmt.Errorf("zmtp: the peer speaks ZMTP revision %d; 3.0 is the least", b[10])
	}
	if _, err := io.ReadFull(r, b[11:]); err != nil {
		return greeting{}, err
	}
	g := greeting{minor: b[11]}
	if b[10] > 3 { // a later version has to speak ours
		g.minor = 1
	}
	g.mechanism = string(bytes.TrimRight(b[12:32], "\x00"))
	return g, nil
}
