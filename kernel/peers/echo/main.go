// Echo is the least that front ends take for a kernel: it gives each cell back as its result
// and knows nothing of Go. What it costs is the price of protocol and harness, the floor under
// the kernels that package peers measures. It shares sockets and messages with the kernel, and
// nothing else; no notebook teaches it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"cliplab/kernel/wire"
	"cliplab/kernel/zmtp"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: echo CONNECTION_FILE")
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

// kernel is the sockets of one front end's echo.
type kernel struct {
	codec *wire.Codec
	iopub *zmtp.Socket
	count int
	done  chan error
}

func serve(file string) error {
	c, err := wire.ReadConnection(file)
	if err != nil {
		return err
	}
	codec, err := wire.NewCodec(c.SignatureScheme, c.Key)
	if err != nil {
		return err
	}
	k := &kernel{codec: codec, done: make(chan error)}
	listen := func(kind zmtp.Kind, port int) *zmtp.Socket {
		s, failed := zmtp.Listen(kind, c.Address(port), zmtp.Options{})
		if err == nil {
			err = failed
		}
		return s
	}
	shell, control := listen(zmtp.Router, c.ShellPort), listen(zmtp.Router, c.ControlPort)
	listen(zmtp.Router, c.StdinPort)
	k.iopub = listen(zmtp.XPub, c.IOPubPort)
	heartbeat := listen(zmtp.Rep, c.HBPort)
	if err != nil {
		return err
	}
	go k.answer(shell)
	go k.answer(control)
	go func() {
		for {
			m, err := heartbeat.Recv()
			if err != nil || heartbeat.Send(m) != nil {
				return
			}
		}
	}()
	return <-k.done
}

// answer replies to what comes until a shutdown.
func (k *kernel) answer(s *zmtp.Socket) {
	for {
		frames, err := s.Recv()
		if err != nil {
			k.done <- err
			return
		}
		m, err := k.codec.Decode(frames)
		if err != nil {
			continue
		}
		parent := m.RawHeader
		k.publish("status", parent, map[string]any{"execution_state": "busy"})
		kind, content := k.reply(m)
		k.send(s, wire.Outgoing{Identities: m.Identities, Type: kind, Parent: parent,
			Content: content})
		k.publish("status", parent, map[string]any{"execution_state": "idle"})
		if kind == "shutdown_reply" {
			k.done <- nil
			return
		}
	}
}

func (k *kernel) reply(m *wire.Message) (kind string, content map[string]any) {
	switch m.Header.Type {
	case "kernel_info_request":
		return "kernel_info_reply", map[string]any{
			"status": "ok", "protocol_version": "5.3", "implementation": "echo",
			"implementation_version": "1", "banner": "echo", "help_links": []any{},
			"language_info": map[string]any{"name": "echo", "version": "1",
				"mimetype": "text/plain", "file_extension": ".txt"},
		}
	case "execute_request":
		return "execute_reply", k.execute(m)
	case "shutdown_request":
		return "shutdown_reply", map[string]any{"status": "ok", "restart": false}
	}
	return m.Header.Type[:max(0, len(m.Header.Type)-len("request"))] + "reply",
		map[string]any{"status": "ok"}
}

func (k *kernel) execute(m *wire.Message) map[string]any {
	var request struct {
		Code string `json:"code"`
	}
	if err := m.Decode(&request); err != nil {
		return map[string]any{"status": "error", "ename": "echo", "evalue": err.Error(),
			"traceback": []string{}, "execution_count": k.count}
	}
	k.count++
	k.publish("execute_input", m.RawHeader,
		map[string]any{"code": request.Code, "execution_count": k.count})
	k.publish("execute_result", m.RawHeader, map[string]any{"execution_count": k.count,
		"data": map[string]any{"text/plain": request.Code}, "metadata": map[string]any{}})
	return map[string]any{"status": "ok", "execution_count": k.count,
		"user_expressions": map[string]any{}, "payload": []any{}}
}

func (k *kernel) publish(kind string, parent json.RawMessage, content map[string]any) {
	k.send(k.iopub, wire.Outgoing{Identities: [][]byte{[]byte(kind)}, Type: kind, Parent: parent,
		Content: content})
}

func (k *kernel) send(s *zmtp.Socket, m wire.Outgoing) {
	frames, err := k.codec.Encode(m)
	if err == nil {
		err = s.Send(frames)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
	}
}
