package comm

import (
	"errors"
	"sync"

	"cliplab/kernel/display"
)

// Message is what travels over a comm, in either direction.
type Message struct {
	ID       string         // of the comm
	Target   string         // what opens it; of comm_open only
	Data     map[string]any // for the other end
	Metadata map[string]any // of the Jupyter message
	Buffers  [][]byte       // binary content that Data speaks of
}

// The kinds of messages.
const (
	KindOpen  = "comm_open"
	KindMsg   = "comm_msg"
	KindClose = "comm_close"
)

// ErrClosed is returned when something is sent over a comm that either end has closed.
var ErrClosed = errors.New("comm: the comm is closed: open a new one")

// Comm is the kernel's end of one channel. Its methods are safe for concurrent use.
type Comm struct {
	id, target string
	manager    *Manager
	cell       display.Cell // that opened it or registered its target

	mu        sync.Mutex
	closed    bool
	onMessage func(Message)
	onClose   func(Message)
}

// ID is the name that both ends know the comm by.
func (c *Comm) ID() string { return c.id }

// Target is what the comm was opened for.
func (c *Comm) Target() string { return c.target }

// Closed tells whether either end has closed the comm.
func (c *Comm) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Send sends data to the front end.
func (c *Comm) Send(data map[string]any, buffers ...[]byte) error {
	return c.SendWith(data, nil, buffers...)
}

// SendWith sends data in a message with metadata.
func (c *Comm) SendWith(data, metadata map[string]any, buffers ...[]byte) error {
	if c.Closed() {
		return ErrClosed
	}
	c.manager.carry(KindMsg, Message{ID: c.id, Data: data, Metadata: metadata, Buffers: buffers})
	return nil
}

// OnMessage sets what is called with each message of the front end; what it prints goes to the
// cell that opened the comm.
func (c *Comm) OnMessage(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onMessage = f
}

// OnClose sets what is called when the front end closes the comm.
func (c *Comm) OnClose(f func(Message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onClose = f
}

// Close closes the comm and tells the front end. Closing it again does nothing.
func (c *Comm) Close() error {
	if c.end() {
		c.manager.carry(KindClose, Message{ID: c.id, Data: map[string]any{}})
	}
	return nil
}

// end takes the comm out of use, and is false if it was already.
func (c *Comm) end() bool {
	c.mu.Lock()
	was := c.closed
	c.closed = true
	c.mu.Unlock()
	c.manager.forget(c.id)
	return !was
}

// handle calls what the kernel's end does about a message.
func (c *Comm) handle(kind string, m Message) {
	c.mu.Lock()
	f := c.onMessage
	if kind == KindClose {
		f = c.onClose
	}
	c.mu.Unlock()
	if f != nil {
		// A panic has been told to the cell, and concerns nobody else.
		_ = c.cell.Do(func() { f(m) })
	}
}
