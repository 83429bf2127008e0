package zmtp

import (
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/curve25519"
)

// keySize is the length of a key of Curve25519, in octets.
const keySize = 32

// Curve is a key pair of CurveZMQ.
type Curve struct{ Public, Secret [keySize]byte }

// NewCurve makes a pair at random.
func NewCurve() *Curve {
	c := &Curve{}
	rand.Read(c.Secret[:]) // never fails
	if err := c.derive(); err != nil {
		panic(err) // only for a secret of the wrong length
	}
	return c
}

func (c *Curve) derive() error {
	public, err := curve25519.X25519(c.Secret[:], curve25519.Basepoint)
	copy(c.Public[:], public)
	return err
}

// ParseCurve reads a pair in Z85, 40 characters each, as a connection file has it in
// curve_publickey and curve_secretkey. Its errors show nothing of the keys.
func ParseCurve(publicZ85, secretZ85 string) (*Curve, error) {
	public, err := ParseKey(publicZ85)
	if err != nil {
		return nil, fmt.Errorf("%w (the public key)", err)
	}
	secret, err := ParseKey(secretZ85)
	if err != nil {
		return nil, fmt.Errorf("%w (the secret key)", err)
	}
	c := &Curve{Secret: [keySize]byte(secret)}
	if err := c.derive(); err != nil {
		return nil, fmt.Errorf("zmtp: the secret key: %w", err)
	}
	if c.Public != [keySize]byte(public) {
		return nil, errors.New("zmtp: the public key does not belong to the secret key")
	}
	return c, nil
}

// ParseKey reads one key in Z85, such as Options.ServerKey.
func ParseKey(keyZ85 string) ([]byte, error) {
	if len(keyZ85) != keySize/4*5 {
		return nil, fmt.Errorf("zmtp: key of %d characters; in Z85 it has %d",
			len(keyZ85), keySize/4*5)
	}
	return decodeZ85(keyZ85)
}

// Z85 returns the pair as ParseCurve reads it.
func (c *Curve) Z85() (public, secret string) {
	return encodeZ85(c.Public[:]), encodeZ85(c.Secret[:])
}

// String shows the public key only, so that a pair that is printed gives nothing away.
func (c *Curve) String() string { return encodeZ85(c.Public[:]) }
