package widgets_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"cliplab/kernel/comm"
	"cliplab/kernel/widgets"
)

// frontEnd is a front end as ipywidgets' own manager behaves: it keeps a model for each comm
// that the kernel opens, and applies the updates.
type frontEnd struct {
	t      *testing.T
	mu     sync.Mutex
	models map[string]map[string]any
	log    []string // of messages since the last look
}

// newFrontEnd connects a front end to the process's comms for the time of a test.
func newFrontEnd(t *testing.T) *frontEnd {
	f := &frontEnd{t: t, models: map[string]map[string]any{}}
	comm.Default().Connect(f.receive)
	t.Cleanup(func() {
		widgets.CloseAll()
		comm.Default().Connect(nil)
	})
	return f
}

func (f *frontEnd) receive(kind string, m comm.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	raw, err := json.Marshal(m.Data) // as it goes over the wire
	if err != nil {
		f.t.Errorf("%s cannot be sent: %v", kind, err)
		return
	}
	var data map[string]any
	if err := json.Unmarshal(raw, &data); err != nil {
		f.t.Error(err)
	}
	switch kind {
	case comm.KindOpen:
		if m.Metadata["version"] != "2.1.0" || m.Target != "jupyter.widget" {
			f.t.Errorf("opened %s with %v", m.Target, m.Metadata)
		}
		f.models[m.ID], _ = data["state"].(map[string]any)
		return
	case comm.KindClose:
		delete(f.models, m.ID)
		f.log = append(f.log, "close")
		return
	}
	method, _ := data["method"].(string)
	s, _ := data["state"].(map[string]any)
	if method == "update" {
		maps.Copy(f.models[m.ID], s)
	}
	if data["buffer_paths"] == nil {
		f.t.Errorf("%s without buffer_paths", method)
	}
	text, _ := json.Marshal(s)
	f.log = append(f.log, method+" "+string(text))
}

// sent is the messages since the last call.
func (f *frontEnd) sent() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := strings.Join(f.log, "\n")
	f.log = nil
	return s
}

// model is the front end's side of a widget.
func (f *frontEnd) model(w widgets.Widget) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.models[w.ID()])
}

// does sends a message for a widget, its data as JSON.
func (f *frontEnd) does(w widgets.Widget, data string) {
	var d map[string]any
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		f.t.Fatal(err)
	}
	comm.Default().Handle(comm.KindMsg, comm.Message{ID: w.ID(), Data: d})
}

// moves is the message of a user who changes one trait.
func (f *frontEnd) moves(w widgets.Widget, trait, value string) {
	f.does(w, `{"method":"update","state":{"`+trait+`":`+value+`},"buffer_paths":[]}`)
}

// reference is what ipywidgets itself says of its widgets; see "made by" in the file.
func reference(t *testing.T) (r struct {
	Widgets, Styles map[string]map[string]any
	Layout          map[string]any
}) {
	text, err := os.ReadFile("testdata/ipywidgets-8.1.9.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func decode(data []byte, into *map[string]any) error { return json.Unmarshal(data, into) }
