package jupyter

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cliplab/kernel/history"
	"cliplab/kernel/magic"
	"cliplab/kernel/session"
	"cliplab/kernel/wire"
	"cliplab/kernel/zmtp"
)

// frontend is a client of a kernel under test.
type frontend struct {
	t       *testing.T
	codec   *wire.Codec
	sockets map[string]*zmtp.Socket
	arrived map[string]chan *wire.Message
	done    chan error // what Serve returned
}

// begin starts a kernel and a front end; the kernel ends with the test.
func begin(t *testing.T) *frontend {
	t.Helper()
	c := &wire.Connection{Transport: "ipc", IP: filepath.Join(folder(t), "k"), Key: "secret",
		SignatureScheme: "hmac-sha256",
		ShellPort:       1, IOPubPort: 2, StdinPort: 3, ControlPort: 4, HBPort: 5}
	f := &frontend{t: t, sockets: map[string]*zmtp.Socket{}, done: make(chan error, 1),
		arrived: map[string]chan *wire.Message{}}
	var err error
	if f.codec, err = wire.NewCodec(c.SignatureScheme, c.Key); err != nil {
		t.Fatal(err)
	}
	inputs, err := history.Open("", 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	fresh := func() *session.Session { return session.New(session.Options{}) }
	go func() {
		f.done <- Serve(ctx, Options{Connection: c, Cells: magic.New(fresh, magic.Options{}),
			Version: "test", Log: os.Stderr, History: inputs})
	}()
	for _, p := range c.Ports() {
		kind := zmtp.Dealer
		switch p.Name {
		case "iopub":
			kind = zmtp.Sub
		case "hb":
			kind = zmtp.Req
		}
		s := dial(t, kind, c.Address(*p.Port))
		f.sockets[p.Name] = s
		if p.Name == "hb" {
			continue
		}
		inbox := make(chan *wire.Message, 10000)
		f.arrived[p.Name] = inbox
		go func() {
			for {
				frames, err := s.Recv()
				if err != nil {
					return
				}
				m, err := f.codec.Decode(frames)
				if err != nil {
					t.Errorf("%s: %v", p.Name, err)
					return
				}
				inbox <- m
			}
		}()
	}
	if err := f.sockets["iopub"].Subscribe(""); err != nil {
		t.Fatal(err)
	}
	if m := f.next("iopub"); m.Header.Type != "iopub_welcome" {
		t.Fatalf("the first message on iopub is %s", m.Header.Type)
	}
	t.Cleanup(func() {
		for _, s := range f.sockets {
			s.Close()
		}
		cancel()
		select {
		case <-f.done:
		case <-time.After(5 * time.Second):
			t.Error("the kernel did not end")
		}
	})
	return f
}

// folder is a short path, since a Unix socket's name is bounded.
func folder(t *testing.T) string {
	dir, err := os.MkdirTemp("", "jk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// dial connects as soon as the kernel listens.
func dial(t *testing.T, kind zmtp.Kind, address string) *zmtp.Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		s, err := zmtp.Dial(ctx, kind, address, zmtp.Options{Identity: []byte("front end")})
		if err == nil {
			return s
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// send sends a request and returns its id.
func (f *frontend) send(channel, kind string, content any) string {
	f.t.Helper()
	frames, err := f.codec.Encode(wire.Outgoing{Type: kind, Content: content})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.sockets[channel].Send(frames); err != nil {
		f.t.Fatal(err)
	}
	var h wire.Header
	if err := json.Unmarshal(frames[2], &h); err != nil {
		f.t.Fatal(err)
	}
	return h.ID
}

// next is the next message of a channel.
func (f *frontend) next(channel string) *wire.Message {
	f.t.Helper()
	select {
	case m := <-f.arrived[channel]:
		return m
	case <-time.After(10 * time.Second):
		f.t.Fatalf("nothing arrives on %s", channel)
		return nil
	}
}

// reply is the reply to a request, decoded into a map.
func (f *frontend) reply(channel, id string) map[string]any {
	f.t.Helper()
	m := f.next(channel)
	if parent(m) != id {
		f.t.Fatalf("%s answers %s, want %s", m.Header.Type, parent(m), id)
	}
	return fields(f.t, m)
}

// until collects what iopub says of a request, up to idle.
func (f *frontend) until(id string) []*wire.Message {
	f.t.Helper()
	var all []*wire.Message
	for {
		m := f.next("iopub")
		if parent(m) != id {
			continue
		}
		all = append(all, m)
		if m.Header.Type == "status" && fields(f.t, m)["execution_state"] == "idle" {
			return all
		}
	}
}

// run executes a cell and returns the reply and what was published.
func (f *frontend) run(code string) (map[string]any, []*wire.Message) {
	f.t.Helper()
	id := f.send("shell", "execute_request", map[string]any{"code": code})
	return f.reply("shell", id), f.until(id)
}

func parent(m *wire.Message) string {
	var h wire.Header
	if json.Unmarshal(m.Parent, &h) != nil {
		return ""
	}
	return h.ID
}

func fields(t *testing.T, m *wire.Message) map[string]any {
	t.Helper()
	content := map[string]any{}
	if err := m.Decode(&content); err != nil {
		t.Fatal(err)
	}
	return content
}

// kinds are the types of messages, with the text of streams and the state of the kernel.
func kinds(t *testing.T, ms []*wire.Message) []string {
	var all []string
	for _, m := range ms {
		c := fields(t, m)
		switch m.Header.Type {
		case "status":
			all = append(all, c["execution_state"].(string))
		case "stream":
			all = append(all, c["name"].(string)+": "+c["text"].(string))
		default:
			all = append(all, m.Header.Type)
		}
	}
	return all
}

// sendTo is send on the shell channel to a subshell.
func (f *frontend) sendTo(subshell, kind string, content any) string {
	f.t.Helper()
	frames, err := f.codec.Encode(wire.Outgoing{Type: kind, Content: content})
	if err != nil {
		f.t.Fatal(err)
	}
	var h wire.Header
	if err := json.Unmarshal(frames[2], &h); err != nil {
		f.t.Fatal(err)
	}
	h.Subshell = subshell
	frames, err = f.codec.EncodeAs(h, wire.Outgoing{Type: kind, Content: content})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.sockets["shell"].Send(frames); err != nil {
		f.t.Fatal(err)
	}
	return h.ID
}
