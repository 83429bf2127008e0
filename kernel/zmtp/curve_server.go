package zmtp

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/nacl/secretbox"
)

// curveServer is the side that has a known key. It takes every client that knows this key:
// who may know it is decided by who may read the connection file.
type curveServer struct {
	curve
	own *Curve // S
}

func (s *curveServer) greeting() greeting { return greeting{mechanism: "CURVE", server: true} }

// handshake reads HELLO and INITIATE, writes WELCOME and READY.
func (s *curveServer) handshake(l *link, mine []byte) (metadata, error) {
	s.keys = curveNames{ours: fromServer, theirs: fromClient}
	hello, err := l.read("HELLO")
	if err != nil {
		return nil, err
	}
	client, err := s.hello(hello) // C'
	if err != nil {
		return nil, err
	}
	short := NewCurve() // S'
	var cookieKey [keySize]byte
	rand.Read(cookieKey[:])
	cookie := bakeCookie(client, short, &cookieKey)
	fresh := random16()
	welcome := box.Seal(nil, slices.Concat(short.Public[:], cookie), nonce("WELCOME-", fresh),
		client, &s.own.Secret)
	if err := l.write("WELCOME", fresh, welcome); err != nil {
		return nil, err
	}
	initiate, err := l.read("INITIATE")
	if err != nil {
		return nil, err
	}
	theirs, err := s.initiate(initiate, client, short, &cookieKey)
	if err != nil {
		return nil, err
	}
	counter := s.next()
	ready := box.SealAfterPrecomputation(nil, mine, nonce("CurveZMQREADY---", counter), &s.key)
	return theirs, l.write("READY", counter, ready)
}

// hello checks that the client knows S, and returns its C'.
//
//	version 2  1 0
//	padding 72 zeros, so that no answer is longer than the question
//	C'      32
//	counter 8
//	box     80 Box[64 zeros](C'→S)
func (s *curveServer) hello(data []byte) (*[keySize]byte, error) {
	if len(data) != 2+72+32+8+80 || data[0] != 1 || data[1] != 0 {
		return nil, fmt.Errorf("zmtp: CURVE: HELLO of %d bytes is not of version 1.0", len(data))
	}
	client, counter, sealed := [keySize]byte(data[74:106]), data[106:114], data[114:]
	if err := s.advance(counter); err != nil {
		return nil, err
	}
	plain, ok := box.Open(nil, sealed, nonce("CurveZMQHELLO---", counter), &client, &s.own.Secret)
	if !ok || !bytes.Equal(plain, make([]byte, 64)) {
		return nil, errCurve
	}
	return &client, nil
}

const cookieSize = 16 + secretbox.Overhead + 2*keySize

// bakeCookie seals C' and s' for the server itself.
func bakeCookie(client *[keySize]byte, short *Curve, key *[keySize]byte) []byte {
	fresh := random16()
	plain := slices.Concat(client[:], short.Secret[:])
	return secretbox.Seal(fresh, plain, nonce("COOKIE--", fresh), key)
}

// initiate checks the cookie and the client's vouch, and returns its properties.
//
//	cookie  96 as it was baked
//	counter 8
//	box        Box[C + vouch + metadata](C'→S'), vouch = nonce 16 + Box[C',S](C→S')
func (s *curveServer) initiate(data []byte, client *[keySize]byte, short *Curve,
	cookieKey *[keySize]byte) (metadata, error) {
	const least = cookieSize + 8 + box.Overhead + keySize + 16 + box.Overhead + 2*keySize
	if len(data) < least {
		return nil, fmt.Errorf("zmtp: CURVE: INITIATE of %d bytes, under %d", len(data), least)
	}
	cookie, counter, sealed := data[:cookieSize], data[cookieSize:cookieSize+8], data[cookieSize+8:]
	ours, ok := secretbox.Open(nil, cookie[16:], nonce("COOKIE--", cookie[:16]), cookieKey)
	if !ok || !bytes.Equal(ours, slices.Concat(client[:], short.Secret[:])) {
		return nil, errors.New("zmtp: CURVE: the cookie is not of this connection")
	}
	if err := s.advance(counter); err != nil {
		return nil, err
	}
	box.Precompute(&s.key, client, &short.Secret)
	plain, ok := box.OpenAfterPrecomputation(nil, sealed, nonce("CurveZMQINITIATE", counter), &s.key)
	if !ok {
		return nil, errCurve
	}
	lasting, fresh, vouch := [keySize]byte(plain[:32]), plain[32:48], plain[48:128]
	said, ok := box.Open(nil, vouch, nonce("VOUCH---", fresh), &lasting, &short.Secret)
	if !ok || !bytes.Equal(said[:32], client[:]) || !bytes.Equal(said[32:], s.own.Public[:]) {
		return nil, errors.New("zmtp: CURVE: the client does not vouch for its key")
	}
	return parseMetadata(plain[128:])
}

func random16() []byte {
	b := make([]byte, 16)
	rand.Read(b)
	return b
}
