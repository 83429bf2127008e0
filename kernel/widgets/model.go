package widgets

import (
	"maps"
	"sync"
	"time"

	"cliplab/kernel/comm"
	"cliplab/kernel/display"
)

// model is the kernel's side of a widget, a layout or a style: its state, kept equal with the
// front end's. Its methods are safe for concurrent use.
type model struct {
	id   string
	comm *comm.Comm

	// settle says what a trait becomes when v is wanted for it, and is false if it stays. The
	// state is locked while it runs.
	settle func(s state, trait string, v any) (any, bool)
	parts  []*model // layout and style, which close with it

	mu       sync.Mutex
	state    state
	custom   func(content map[string]any) // told of messages that are no state; may be nil
	watchers []watcher
	due      map[string]bool // traits to send when the timer fires
	sent     time.Time       // when the window of the burst began
	burst    int             // updates since then
}

// watcher is a callback with the cell that gave it.
type watcher struct {
	trait string
	cell  display.Cell
	call  func(v any)
}

// Updates of the kernel's own leave at once, until there are more than burst of them in a
// window: a loop that moves a bar a million times must not drown the front end.
const (
	window   = 50 * time.Millisecond
	maxBurst = 20
)

// newModel opens a model of the front end.
func newModel(s state, settle func(state, string, any) (any, bool)) *model {
	m := &model{state: s, settle: settle, due: map[string]bool{}}
	plain, paths, buffers := separate(s)
	m.comm = home().Open(comm.Message{
		Target:   "jupyter.widget",
		Data:     map[string]any{"state": plain, "buffer_paths": paths},
		Metadata: map[string]any{"version": protocolVersion}, Buffers: buffers,
	})
	m.id = m.comm.ID()
	m.comm.OnMessage(m.receive)
	m.comm.OnClose(func(comm.Message) { registry.remove(m) })
	registry.add(m)
	return m
}

// get is the value of a trait.
func (m *model) get(trait string) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state[trait]
}

// traits is a copy of the state.
func (m *model) traits() state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.state)
}

// set changes traits from the kernel's side: it tells the front end and then the watchers.
func (m *model) set(wanted state) {
	m.mu.Lock()
	changed := m.change(wanted)
	if len(changed) > 0 {
		m.send(changed)
	}
	m.mu.Unlock()
	m.notify(changed)
}

// change settles what is wanted and returns what is new by that; m.mu is held.
func (m *model) change(wanted state) state {
	changed := state{}
	for trait, v := range wanted {
		if settled, ok := m.settle(m.state, trait, v); ok && !same(m.state[trait], settled) {
			m.state[trait] = settled
			changed[trait] = settled
		}
	}
	return changed
}

// send tells the front end what changed, now or within the window; m.mu is held.
func (m *model) send(changed state) {
	if now := time.Now(); now.Sub(m.sent) > window {
		m.sent, m.burst = now, 0
	}
	last := changed["value"] != nil && same(changed["value"], m.state["max"])
	if m.burst++; m.burst <= maxBurst || last {
		m.update(changed)
		return
	}
	if len(m.due) == 0 {
		time.AfterFunc(window, m.catchUp)
	}
	for trait := range changed {
		m.due[trait] = true
	}
}

// update sends traits; m.mu is held, so that updates arrive in their order.
func (m *model) update(traits state) {
	for trait := range traits {
		delete(m.due, trait)
	}
	m.tell("update", traits)
}

// tell sends state by one of the protocol's methods; a closed model has nobody to tell.
func (m *model) tell(method string, traits state) {
	plain, paths, buffers := separate(traits)
	_ = m.comm.Send(map[string]any{
		"method": method, "state": plain, "buffer_paths": paths,
	}, buffers...)
}

// catchUp sends the updates that had to wait.
func (m *model) catchUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	late := state{}
	for trait := range m.due {
		late[trait] = m.state[trait]
	}
	if len(late) > 0 {
		m.update(late)
	}
}

// watch adds a callback for a trait. It runs on behalf of the cell that gives it here.
func (m *model) watch(trait string, call func(v any)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers = append(m.watchers, watcher{trait, display.Here(), call})
}

// notify calls those who watch what changed. The panic of one is told to its cell and does
// not keep the others from being called.
func (m *model) notify(changed state) {
	m.mu.Lock()
	watchers := m.watchers[:len(m.watchers):len(m.watchers)]
	m.mu.Unlock()
	for _, w := range watchers {
		if v, ok := changed[w.trait]; ok {
			_ = w.cell.Do(func() { w.call(v) })
		}
	}
}

// close takes the model away from the front end, and from what is saved.
func (m *model) close() {
	for _, part := range m.parts {
		part.close()
	}
	registry.remove(m)
	m.comm.Close()
}
