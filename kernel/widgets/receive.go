package widgets

import (
	"os"
	"strings"

	"cliplab/kernel/comm"
)

// receive takes a message of the front end for the model. Messages that make no sense are
// dropped: there is nobody who could mend them.
func (m *model) receive(msg comm.Message) {
	switch method, _ := msg.Data["method"].(string); method {
	case "update":
		wanted, _ := msg.Data["state"].(map[string]any)
		restore(wanted, msg.Data["buffer_paths"], msg.Buffers)
		m.take(wanted)
	case "request_state":
		m.mu.Lock()
		defer m.mu.Unlock()
		m.update(m.state)
	case "custom":
		content, ok := msg.Data["content"].(map[string]any)
		m.mu.Lock()
		custom := m.custom
		m.mu.Unlock()
		if ok && custom != nil {
			custom(content)
		}
	}
}

// take makes the front end's changes the model's. All front ends are first told what one of
// them wants (the echo), so that they can tell it from changes of the kernel; then they are
// told where the model decides otherwise.
func (m *model) take(wanted state) {
	m.mu.Lock()
	known := state{}
	for trait, v := range wanted {
		if _, ok := m.state[trait]; ok && changeable(trait) {
			known[trait] = v
		}
	}
	if len(known) == 0 {
		m.mu.Unlock()
		return
	}
	if echoes() {
		m.tell("echo_update", known)
	}
	changed := m.change(known)
	differs := state{}
	for trait, v := range known {
		if now := m.state[trait]; !same(now, v) {
			differs[trait] = now
		}
	}
	if len(differs) > 0 {
		m.update(differs)
	}
	m.mu.Unlock()
	m.notify(changed)
}

// changeable is false for what makes a model what it is.
func changeable(trait string) bool {
	return !strings.HasPrefix(trait, "_model_") &&
		!(strings.HasPrefix(trait, "_view_") && trait != "_view_count")
}

// echoes tells whether changes are echoed, which ipywidgets lets one turn off as well.
func echoes() bool {
	v, set := os.LookupEnv("JUPYTER_WIDGETS_ECHO")
	if !set {
		return true
	}
	switch strings.ToLower(v) {
	case "no", "n", "false", "off", "0", "0.0":
		return false
	}
	return true
}
