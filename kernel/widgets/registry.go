package widgets

import (
	"encoding/base64"
	"sync"

	"cliplab/kernel/comm"
)

// registry has all open models, because a front end that comes later asks for them, and the
// notebook keeps them.
var registry models

type models struct {
	mu   sync.Mutex
	byID map[string]*model
	list []*model // in the order of their making
}

// home is where widgets live: the comms of the process, once it can answer for its widgets.
var home = sync.OnceValue(func() *comm.Manager {
	m := comm.Default()
	m.Target("jupyter.widget.control", func(c *comm.Comm, _ comm.Message) {
		c.OnMessage(func(msg comm.Message) {
			if method, _ := msg.Data["method"].(string); method == "request_states" {
				sendStates(c)
			}
		})
	})
	return m
})

// sendStates answers a front end that wants all models.
func sendStates(c *comm.Comm) {
	states := map[string]any{}
	for _, m := range registry.all() {
		states[m.id] = m.described()
	}
	plain, paths, buffers := separate(states)
	_ = c.Send(map[string]any{
		"method": "update_states", "states": plain, "buffer_paths": paths,
	}, buffers...)
}

// described is the model as files and the control channel have it.
func (m *model) described() map[string]any {
	s := m.traits()
	return map[string]any{
		"model_name": s["_model_name"], "model_module": s["_model_module"],
		"model_module_version": s["_model_module_version"], "state": s,
	}
}

// Saved is the state of all open widgets in the form of a notebook's metadata under
// "widgets"; nil if there are none.
func Saved() map[string]any {
	all := registry.all()
	if len(all) == 0 {
		return nil
	}
	states := map[string]any{}
	for _, m := range all {
		d := m.described()
		plain, paths, buffers := separate(d["state"].(state))
		d["state"] = plain
		var encoded []any
		for i, b := range buffers {
			encoded = append(encoded, map[string]any{"encoding": "base64", "path": paths[i],
				"data": base64.StdEncoding.EncodeToString(b)})
		}
		if encoded != nil {
			d["buffers"] = encoded
		}
		states[m.id] = d
	}
	return map[string]any{"application/vnd.jupyter.widget-state+json": map[string]any{
		"version_major": 2, "version_minor": 0, "state": states,
	}}
}

// CloseAll takes all widgets away from the front end.
func CloseAll() {
	for _, m := range registry.all() {
		m.close()
	}
}

func (r *models) add(m *model) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID = map[string]*model{}
	}
	r.byID[m.id] = m
	r.list = append(r.list, m)
}

func (r *models) remove(m *model) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[m.id] == nil {
		return
	}
	delete(r.byID, m.id)
	for i, other := range r.list {
		if other == m {
			r.list = append(r.list[:i:i], r.list[i+1:]...)
			break
		}
	}
}

func (r *models) all() []*model {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list[:len(r.list):len(r.list)]
}
