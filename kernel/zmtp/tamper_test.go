package zmtp

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// meddler changes one byte of what a side writes.
type meddler struct {
	net.Conn
	at      int // among all bytes that are written; -1 for none
	written *int
}

func (m meddler) Write(b []byte) (int, error) {
	if i := m.at - *m.written; i >= 0 && i < len(b) {
		b = bytes.Clone(b)
		b[i] ^= 1
	}
	*m.written += len(b)
	return m.Conn.Write(b)
}

// shakeHands runs the handshake of CURVE through a meddler on each side, and says how many
// bytes client and server wrote.
func shakeHands(server *Curve, atClient, atServer int) (written [2]int, err error) {
	a, b := net.Pipe()
	a.SetDeadline(time.Now().Add(time.Second)) // a changed length lets both sides wait
	b.SetDeadline(time.Now().Add(time.Second))
	c := &curveClient{own: NewCurve(), server: server.Public}
	s := &curveServer{own: server}
	failed := make(chan error, 1)
	go func() {
		defer b.Close()
		_, err := s.handshake(newLink(meddler{b, atServer, &written[1]}), properties(Router, nil))
		if err == nil {
			// The client must have seen READY as it was sent.
			_, err = io.ReadFull(b, make([]byte, 1))
		}
		failed <- err
	}()
	m, err := c.handshake(newLink(meddler{a, atClient, &written[0]}), properties(Dealer, nil))
	if err == nil && m["socket-type"] != "ROUTER" {
		err = errors.New("properties are lost")
	}
	if err == nil {
		a.Write([]byte{1})
	}
	a.Close()
	return written, errors.Join(err, <-failed)
}

// TestTampering: no byte of the handshake can be changed, but for the padding of HELLO.
func TestTampering(t *testing.T) {
	server := NewCurve()
	whole, err := shakeHands(server, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	const padding, end = 2 + 6 + 2, 2 + 6 + 2 + 72
	step := 7 // not all bytes: each costs a handshake
	if testing.Short() {
		step = 101
	}
	for at := 0; at < whole[0]; at += step {
		if _, err := shakeHands(server, at, -1); err == nil && (at < padding || at >= end) {
			t.Errorf("byte %d of the client was changed", at)
		}
	}
	for at := 0; at < whole[1]; at += step {
		if _, err := shakeHands(server, -1, at); err == nil {
			t.Errorf("byte %d of the server was changed", at)
		}
	}
}

// sessions returns both ends of a session.
func sessions() (client, server *curve) {
	shared := NewCurve().Secret // as good as any
	client = &curve{keys: curveNames{ours: fromClient, theirs: fromServer}}
	server = &curve{keys: curveNames{ours: fromServer, theirs: fromClient}}
	client.key, server.key = shared, shared
	return client, server
}

func sealed(t *testing.T, c *curve, flags byte, body string) []byte {
	t.Helper()
	var out batch
	c.seal(&out, flags, []byte(body))
	var wire bytes.Buffer
	if err := out.flush(&wire, func() {}); err != nil {
		t.Fatal(err)
	}
	in := frameReader{r: &wire}
	outer, frame, err := in.next(1 << 20)
	if err != nil || outer != 0 {
		t.Fatalf("flags %x, %v", outer, err)
	}
	return frame
}

// TestReplay: a sealed frame opens once, in order, at the other side only.
func TestReplay(t *testing.T) {
	client, server := sessions()
	first := sealed(t, client, flagMore, "first")
	second := sealed(t, client, flagCommand, "second")
	if flags, body, err := server.open(0, first); err != nil || string(body) != "first" ||
		flags != flagMore {
		t.Fatalf("%x %q, %v", flags, body, err)
	}
	if _, _, err := server.open(0, first); err == nil {
		t.Error("a frame opens twice")
	}
	if flags, body, err := server.open(0, second); err != nil || string(body) != "second" ||
		flags != flagCommand {
		t.Fatalf("%x %q, %v", flags, body, err)
	}
	if _, _, err := client.open(0, second); err == nil {
		t.Error("a frame opens at the side that sealed it")
	}
	third := sealed(t, client, 0, "third")
	third[len(third)-1] ^= 1
	if _, _, err := server.open(0, third); err == nil {
		t.Error("a changed frame opens")
	}
}
