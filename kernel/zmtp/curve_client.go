package zmtp

import (
	"fmt"
	"slices"

	"golang.org/x/crypto/nacl/box"
)

// curveClient is the side that knows the key of the other.
type curveClient struct {
	curve
	own    *Curve        // C
	server [keySize]byte // S
}

func (c *curveClient) greeting() greeting { return greeting{mechanism: "CURVE"} }

// handshake writes HELLO and INITIATE, reads WELCOME and READY.
func (c *curveClient) handshake(l *link, mine []byte) (metadata, error) {
	c.keys = curveNames{ours: fromClient, theirs: fromServer}
	short := NewCurve() // C'
	counter := c.next()
	hello := box.Seal(nil, make([]byte, 64), nonce("CurveZMQHELLO---", counter),
		&c.server, &short.Secret)
	err := l.write("HELLO", []byte{1, 0}, make([]byte, 72), short.Public[:], counter, hello)
	if err != nil {
		return nil, err
	}
	welcome, err := l.read("WELCOME")
	if err != nil {
		return nil, err
	}
	if len(welcome) != 16+box.Overhead+keySize+cookieSize {
		return nil, fmt.Errorf("zmtp: CURVE: WELCOME of %d bytes", len(welcome))
	}
	plain, ok := box.Open(nil, welcome[16:], nonce("WELCOME-", welcome[:16]),
		&c.server, &short.Secret)
	if !ok {
		return nil, errCurve
	}
	server, cookie := [keySize]byte(plain[:keySize]), plain[keySize:] // S'
	box.Precompute(&c.key, &server, &short.Secret)
	counter = c.next()
	initiate := box.SealAfterPrecomputation(nil, c.initiate(short, &server, mine),
		nonce("CurveZMQINITIATE", counter), &c.key)
	if err := l.write("INITIATE", cookie, counter, initiate); err != nil {
		return nil, err
	}
	ready, err := l.read("READY")
	if err != nil {
		return nil, err
	}
	return c.ready(ready)
}

// initiate is C, the vouch that C' is of C, and the properties.
func (c *curveClient) initiate(short *Curve, server *[keySize]byte, mine []byte) []byte {
	fresh := random16()
	said := slices.Concat(short.Public[:], c.server[:])
	plain := slices.Concat(c.own.Public[:], fresh)
	plain = box.Seal(plain, said, nonce("VOUCH---", fresh), server, &c.own.Secret)
	return append(plain, mine...)
}

func (c *curveClient) ready(data []byte) (metadata, error) {
	if len(data) < 8+box.Overhead {
		return nil, fmt.Errorf("zmtp: CURVE: READY of %d bytes", len(data))
	}
	if err := c.advance(data[:8]); err != nil {
		return nil, err
	}
	plain, ok := box.OpenAfterPrecomputation(nil, data[8:],
		nonce("CurveZMQREADY---", data[:8]), &c.key)
	if !ok {
		return nil, errCurve
	}
	return parseMetadata(plain)
}
