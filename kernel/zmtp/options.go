package zmtp

import "time"

// Options tune a socket; the zero value is a plain one with sensible bounds.
type Options struct {
	// Curve encrypts: the pair of the server that listens, or of the client that dials.
	Curve *Curve
	// ServerKey is the public key of the server to dial; it asks for CURVE. Without Curve
	// the client makes a pair of its own.
	ServerKey []byte
	// Identity is what a dialing socket calls itself to a Router; empty lets it choose.
	Identity []byte
	// MaxFrame bounds the bytes of a received message, all its frames together.
	// A peer that sends more loses its connection. The default is 2 GiB.
	MaxFrame int64
	// Queue is how many bytes a peer may be behind; one message more is always taken.
	// The default is 128 MiB.
	Queue int64
	// Welcome returns the message that greets a new subscription to topic at an XPub. It
	// goes to that subscriber only, before anything else of the topic. Nil sends nothing.
	Welcome func(topic []byte) [][]byte
	// Log hears, at most once a second, of peers that were closed or lost messages.
	Log func(string)
}

const (
	defaultMaxFrame = 2 << 30
	defaultQueue    = 128 << 20

	handshakeTimeout = 10 * time.Second       // libzmq waits 30
	linger           = 300 * time.Millisecond // how long Close lets peers read what is left
	farewell         = 50 * time.Millisecond  // and then hang up
	maxHalfOpen      = 128                    // connections that still shake hands
	maxFrames        = 1 << 16                // of one message
)

func (o Options) withDefaults() Options {
	if o.MaxFrame <= 0 {
		o.MaxFrame = defaultMaxFrame
	}
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return o
}
