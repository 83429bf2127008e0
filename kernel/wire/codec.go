package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
	"sync/atomic"
)

// ErrSignature is returned when a message is not signed with the key of the connection.
var ErrSignature = errors.New("wire: the signature of a message is wrong")

// ErrReplay is returned when a message arrives a second time.
var ErrReplay = errors.New("wire: a message with this signature came before")

// remembered is how many signatures are kept to recognise replays, as ipykernel does.
const remembered = 1 << 16

var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New,
	"sha384": sha512.New384, "sha512": sha512.New,
}

// Codec signs and checks the messages of one kernel. It is safe for concurrent use.
type Codec struct {
	key     []byte
	hash    func() hash.Hash
	session string
	count   atomic.Int64
	macs    sync.Pool

	mu   sync.Mutex
	seen map[string]bool // signatures of the last messages
	ring []string
	next int
}

// NewCodec makes the codec of a connection. An empty key means unsigned messages. The error
// names a scheme other than hmac- with a hash that is known.
func NewCodec(scheme, key string) (*Codec, error) {
	name, ok := strings.CutPrefix(scheme, "hmac-")
	newHash := hashes[name]
	if scheme == "" {
		ok, newHash = true, sha256.New
	}
	if !ok || newHash == nil {
		return nil, fmt.Errorf("wire: signature scheme %q is not known; hmac-sha256 is usual", scheme)
	}
	var id [16]byte
	rand.Read(id[:])
	c := &Codec{key: []byte(key), hash: newHash, session: hex.EncodeToString(id[:]),
		seen: map[string]bool{}}
	c.macs.New = func() any { return hmac.New(c.hash, c.key) }
	return c, nil
}

// Session is the id that all messages of this codec carry.
func (c *Codec) Session() string { return c.session }

// sign is the signature of the parts, in hexadecimal, empty without a key.
func (c *Codec) sign(body [][]byte) []byte {
	if len(c.key) == 0 {
		return []byte{}
	}
	mac := c.macs.Get().(hash.Hash)
	defer c.macs.Put(mac)
	mac.Reset()
	for _, part := range body {
		mac.Write(part)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// Decode checks and reads a message. Nothing of a message is believed, nor parsed, before its
// signature has been found right.
func (c *Codec) Decode(frames [][]byte) (*Message, error) {
	identities, body, buffers, err := split(frames)
	if err != nil {
		return nil, err
	}
	if len(c.key) > 0 {
		if !hmac.Equal(c.sign(body[1:]), body[0]) {
			return nil, ErrSignature
		}
		if c.replayed(string(body[0])) {
			return nil, ErrReplay
		}
	}
	return parse(identities, body, buffers)
}

// replayed remembers a signature and tells whether it was there.
func (c *Codec) replayed(signature string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[signature] {
		return true
	}
	if len(c.ring) < remembered {
		c.ring = append(c.ring, signature)
	} else {
		delete(c.seen, c.ring[c.next])
		c.ring[c.next] = signature
		c.next = (c.next + 1) % remembered
	}
	c.seen[signature] = true
	return false
}

// Encode makes the frames of a message with a header of its own.
func (c *Codec) Encode(m Outgoing) ([][]byte, error) {
	return c.EncodeAs(Header{
		ID:      fmt.Sprintf("%s_%d", c.session, c.count.Add(1)),
		Session: c.session, Username: "kernel", Date: now(), Type: m.Type, Version: Version,
	}, m)
}

// EncodeAs makes the frames of a message with a given header.
func (c *Codec) EncodeAs(header Header, m Outgoing) ([][]byte, error) {
	raw, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	body := [][]byte{raw, nil, nil, nil}
	for i, v := range []any{m.Parent, m.Metadata, m.Content} {
		if body[i+1], err = object(v); err != nil {
			return nil, fmt.Errorf("wire: cannot encode a %s: %w", m.Type, err)
		}
	}
	frames := make([][]byte, 0, len(m.Identities)+2+len(body)+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, delimiter, c.sign(body))
	frames = append(frames, body...)
	return append(frames, m.Buffers...), nil
}
