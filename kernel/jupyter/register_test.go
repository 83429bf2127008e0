package jupyter

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"cliplab/kernel/magic"
	"cliplab/kernel/session"
	"cliplab/kernel/wire"
	"cliplab/kernel/zmtp"
)

// A kernel without ports picks five, tells them, and writes them down for further clients.
func TestHandshake(t *testing.T) {
	launcher, err := zmtp.Listen(zmtp.Rep, "tcp://127.0.0.1:0", zmtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer launcher.Close()
	file := filepath.Join(t.TempDir(), "kernel.json")
	c := &wire.Connection{Transport: "tcp", IP: "127.0.0.1", Key: "k",
		RegistrationPort: portOf(launcher.Addr())}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	fresh := func() *session.Session { return session.New(session.Options{}) }
	go func() {
		done <- Serve(ctx, Options{Connection: c, Cells: magic.New(fresh, magic.Options{}),
			ConnectionFile: file})
	}()
	codec, err := wire.NewCodec("", "k")
	if err != nil {
		t.Fatal(err)
	}
	frames, err := launcher.Recv()
	if err != nil {
		t.Fatal(err)
	}
	m, err := codec.Decode(frames)
	if err != nil {
		t.Fatal(err)
	}
	var ports struct {
		Shell int `json:"shell_port"`
		HB    int `json:"hb_port"`
	}
	if err := m.Decode(&ports); err != nil || m.Header.Type != "handshake_request" {
		t.Fatalf("%s %s: %v", m.Header.Type, m.Content, err)
	}
	for _, port := range []int{ports.Shell, ports.HB} {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	answer, err := codec.Encode(wire.Outgoing{Type: "handshake_reply",
		Content: map[string]string{"status": "ok"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := launcher.Send(answer); err != nil {
		t.Fatal(err)
	}
	var written *wire.Connection
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		if written, err = wire.ReadConnection(file); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err != nil || written.ShellPort != ports.Shell {
		t.Fatalf("connection file holds %+v: %v", written, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v: %v", info.Mode(), err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the connection file is left: %v", err)
	}
}
