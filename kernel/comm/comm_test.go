package comm_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"testing"

	"cliplab/kernel/comm"
)

// frontEnd keeps what a manager sends.
type frontEnd struct {
	mu    sync.Mutex
	kinds []string
	sent  []comm.Message
}

func (f *frontEnd) send(kind string, m comm.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kinds, f.sent = append(f.kinds, kind), append(f.sent, m)
}

func (f *frontEnd) take() (kinds []string, sent []comm.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kinds, sent = f.kinds, f.sent
	f.kinds, f.sent = nil, nil
	return kinds, sent
}

func TestKernelOpens(t *testing.T) {
	var f frontEnd
	m := comm.NewManager(f.send)
	c := m.Open(comm.Message{Target: "plot", Data: map[string]any{"x": 1},
		Metadata: map[string]any{"version": "2.1.0"}})
	if got := m.Info("plot"); !reflect.DeepEqual(got, map[string]string{c.ID(): "plot"}) {
		t.Errorf("info is %v", got)
	}
	if got := m.Info("other"); len(got) != 0 {
		t.Errorf("info of another target is %v", got)
	}
	if err := c.Send(map[string]any{"y": 2}, []byte{1, 2}); err != nil {
		t.Error(err)
	}
	var got []any
	c.OnMessage(func(m comm.Message) { got = append(got, m.Data["z"]) })
	c.OnClose(func(m comm.Message) { got = append(got, "closed") })
	m.Handle(comm.KindMsg, comm.Message{ID: c.ID(), Data: map[string]any{"z": 3}})
	m.Handle(comm.KindClose, comm.Message{ID: c.ID()})
	m.Handle(comm.KindMsg, comm.Message{ID: c.ID(), Data: map[string]any{"z": 4}})
	if !reflect.DeepEqual(got, []any{3, "closed"}) {
		t.Errorf("handlers got %v", got)
	}
	if err := c.Send(nil); !errors.Is(err, comm.ErrClosed) {
		t.Errorf("sending over a closed comm: %v", err)
	}
	c.Close()
	kinds, sent := f.take()
	if !reflect.DeepEqual(kinds, []string{comm.KindOpen, comm.KindMsg}) {
		t.Errorf("sent %v", kinds)
	}
	if sent[0].Target != "plot" || sent[0].Metadata["version"] != "2.1.0" ||
		len(sent[1].Buffers) != 1 {
		t.Errorf("sent %+v", sent)
	}
}

func TestFrontEndOpens(t *testing.T) {
	var f frontEnd
	m := comm.NewManager(f.send)
	m.Handle(comm.KindOpen, comm.Message{ID: "a", Target: "nobody"})
	if kinds, sent := f.take(); !reflect.DeepEqual(kinds, []string{comm.KindClose}) ||
		sent[0].ID != "a" {
		t.Errorf("an unknown target is answered by %v %v", kinds, sent)
	}
	m.Target("echo", func(c *comm.Comm, first comm.Message) {
		c.Send(first.Data)
		c.OnMessage(func(m comm.Message) { c.Send(m.Data, m.Buffers...) })
	})
	m.Handle(comm.KindOpen, comm.Message{ID: "b", Target: "echo",
		Data: map[string]any{"n": 1.0}})
	m.Handle(comm.KindOpen, comm.Message{ID: "b", Target: "echo"}) // no second time
	m.Handle(comm.KindMsg, comm.Message{ID: "b", Data: map[string]any{"n": 2.0},
		Buffers: [][]byte{{7}}})
	kinds, sent := f.take()
	if len(kinds) != 2 || sent[0].Data["n"] != 1.0 || sent[1].Data["n"] != 2.0 ||
		sent[1].Buffers[0][0] != 7 {
		t.Errorf("echo sent %v %v", kinds, sent)
	}
	m.Target("echo", nil)
	m.Handle(comm.KindOpen, comm.Message{ID: "c", Target: "echo"})
	if kinds, _ := f.take(); !reflect.DeepEqual(kinds, []string{comm.KindClose}) {
		t.Errorf("a target that was taken away is answered by %v", kinds)
	}
}

func TestPanics(t *testing.T) {
	var f frontEnd
	m := comm.NewManager(f.send)
	m.Target("bad", func(*comm.Comm, comm.Message) { panic("at open") })
	m.Handle(comm.KindOpen, comm.Message{ID: "a", Target: "bad"})
	if kinds, _ := f.take(); !reflect.DeepEqual(kinds, []string{comm.KindClose}) {
		t.Errorf("a target that panics is answered by %v", kinds)
	}
	c := m.Open(comm.Message{Target: "x"})
	c.OnMessage(func(comm.Message) { panic("at message") })
	m.Handle(comm.KindMsg, comm.Message{ID: c.ID()})
	if c.Closed() {
		t.Error("a handler that panics closes its comm")
	}
}

// FuzzHandle sends any JSON as any sequence of messages.
func FuzzHandle(f *testing.F) {
	f.Add("comm_open", "a", "echo", `{"x":[1,null]}`)
	f.Add("comm_msg", "b", "", `null`)
	f.Add("comm_close", "b", "nobody", `{}`)
	f.Fuzz(func(t *testing.T, kind, id, target, data string) {
		var f frontEnd
		m := comm.NewManager(f.send)
		m.Target("echo", func(c *comm.Comm, first comm.Message) {
			c.OnMessage(func(m comm.Message) { c.Send(m.Data) })
		})
		m.Handle(comm.KindOpen, comm.Message{ID: "b", Target: "echo"})
		var d map[string]any
		if json.Unmarshal([]byte(data), &d) != nil {
			d = nil
		}
		for _, k := range []string{kind, comm.KindMsg, comm.KindClose, comm.KindMsg} {
			m.Handle(k, comm.Message{ID: id, Target: target, Data: d})
		}
		if n := len(m.Info("")); n > 2 {
			t.Errorf("%d comms are open", n)
		}
	})
}
