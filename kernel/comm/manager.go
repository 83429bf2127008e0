package comm

import (
	"crypto/rand"
	"fmt"
	"sync"

	"cliplab/kernel/display"
)

// maxOpen bounds the comms that front ends may open, against one that opens without end.
const maxOpen = 10_000

// Manager keeps the open comms and the targets that front ends may open. Its methods are safe
// for concurrent use.
type Manager struct {
	mu      sync.Mutex
	send    func(kind string, m Message)
	comms   map[string]*Comm
	targets map[string]target
}

type target struct {
	opened func(*Comm, Message)
	cell   display.Cell
}

// NewManager returns a manager without comms. Its messages go to send, which may be nil.
func NewManager(send func(kind string, m Message)) *Manager {
	return &Manager{send: send, comms: map[string]*Comm{}, targets: map[string]target{}}
}

var standard = sync.OnceValue(func() *Manager { return NewManager(nil) })

// Default is the manager of the process, which cells use.
func Default() *Manager { return standard() }

// Target lets front ends open comms of a name on the default manager; see Manager.Target.
func Target(name string, opened func(*Comm, Message)) { Default().Target(name, opened) }

// Open opens a comm on the default manager; see Manager.Open.
func Open(target string, data map[string]any) *Comm {
	return Default().Open(Message{Target: target, Data: data})
}

// Connect makes send carry the manager's messages from now on; nil drops them.
func (m *Manager) Connect(send func(kind string, m Message)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.send = send
}

// Connected tells whether anybody carries the messages.
func (m *Manager) Connected() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.send != nil
}

// Target lets front ends open comms of a name: opened is called with the new comm and the
// message that opened it. A nil func takes the target away.
func (m *Manager) Target(name string, opened func(*Comm, Message)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if opened == nil {
		delete(m.targets, name)
		return
	}
	m.targets[name] = target{opened, display.Here()}
}

// Open opens a comm from the kernel's side and tells the front end. The message says the
// target, the first data, and the id if it should have a particular one.
func (m *Manager) Open(first Message) *Comm {
	if first.ID == "" {
		first.ID = newID()
	}
	if first.Data == nil {
		first.Data = map[string]any{}
	}
	c := &Comm{id: first.ID, target: first.Target, manager: m, cell: display.Here()}
	m.mu.Lock()
	m.comms[c.id] = c
	m.mu.Unlock()
	m.carry(KindOpen, first)
	return c
}

// Info is the targets of the open comms by id; a target that is not empty selects its own.
func (m *Manager) Info(target string) map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	info := map[string]string{}
	for id, c := range m.comms {
		if target == "" || c.target == target {
			info[id] = c.target
		}
	}
	return info
}

// Handle takes a message of the front end. A target that nobody registered is answered by
// closing the comm; messages for unknown comms are dropped, as other kernels do.
func (m *Manager) Handle(kind string, msg Message) {
	if kind == KindOpen {
		m.opened(msg)
		return
	}
	m.mu.Lock()
	c := m.comms[msg.ID]
	m.mu.Unlock()
	switch {
	case c == nil:
	case kind == KindMsg:
		c.handle(kind, msg)
	case kind == KindClose:
		c.end()
		c.handle(kind, msg)
	}
}

// opened answers a comm that the front end opens.
func (m *Manager) opened(msg Message) {
	m.mu.Lock()
	t, known := m.targets[msg.Target]
	known = known && msg.ID != "" && len(m.comms) < maxOpen
	taken := m.comms[msg.ID] != nil // a second opening must not end the first
	c := &Comm{id: msg.ID, target: msg.Target, manager: m, cell: t.cell}
	if known && !taken {
		m.comms[c.id] = c
	}
	m.mu.Unlock()
	switch {
	case taken:
		return
	case !known:
		m.carry(KindClose, Message{ID: msg.ID, Data: map[string]any{}})
		return
	}
	if t.cell.Do(func() { t.opened(c, msg) }) != nil {
		c.Close()
	}
}

// carry hands a message to whoever carries them.
func (m *Manager) carry(kind string, msg Message) {
	m.mu.Lock()
	send := m.send
	m.mu.Unlock()
	if send != nil {
		send(kind, msg)
	}
}

func (m *Manager) forget(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.comms, id)
}

// newID is a random identifier in the form that other kernels give theirs.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x", b)
}
