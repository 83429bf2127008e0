package zmtp

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stranger connects without a word.
func stranger(t testing.TB, s *Socket) net.Conn {
	t.Helper()
	conn, err := net.Dial(s.end.network, s.end.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	return conn
}

// rawPeer shakes hands as a socket type of ZMTP 3.minor, and leaves the rest to the test.
func rawPeer(t testing.TB, s *Socket, kind string, minor byte) (net.Conn, *link) {
	t.Helper()
	conn := stranger(t, s)
	hello := greeting{mechanism: "NULL"}.bytes()
	hello[11] = minor
	if _, err := conn.Write(hello); err != nil {
		t.Fatal(err)
	}
	if _, err := readGreeting(conn); err != nil {
		t.Fatal(err)
	}
	l := newLink(conn)
	if err := l.write("READY", appendProperty(nil, "socket-TYPE", kind)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.read("READY"); err != nil {
		t.Fatal(err)
	}
	return conn, l
}

// closes waits until the other side has closed the connection.
func closes(t *testing.T, name string, conn net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, conn); err != nil && !ended(err) {
		t.Errorf("%s: not closed: %v", name, err)
	}
}

// partners are the raw socket types and our dialing kinds for each listening kind.
var partners = map[Kind]struct {
	raw  string
	kind Kind
}{Router: {"DEALER", Dealer}, Rep: {"REQ", Req}, XPub: {"SUB", Sub}}

func TestStrangersAreTurnedAway(t *testing.T) {
	noise := make([]byte, 4096)
	rand.Read(noise)
	noise[0] = 0x17
	signature := "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"
	tail := string(greeting{mechanism: "NULL"}.bytes()[12:])
	openings := map[string]string{
		"HTTP":      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"TLS":       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("x", 500),
		"noise":     string(noise),
		"ZMTP 1":    "\x01\x00",
		"ZMTP 1 ff": "\xff\x00\x00\x00\x00\x00\x00\x01\x00\x00",
		"ZMTP 2":    signature + "\x01\x05\x00\x00",
		"mechanism": signature + "\x03\x00PLAIN" + strings.Repeat("\x00", 47),
		"message":   signature + "\x03\x01" + tail + "\x00\x05hello",
		"huge":      signature + "\x03\x01" + tail + "\x06\x80\x00\x00\x00\x00\x00\x00\x00",
		"command":   signature + "\x03\x01" + tail + "\x04\x06\x05HELLO",
		"cut":       signature + "\x03\x01" + tail + "\x04\x02\x05R",
		"metadata":  signature + "\x03\x01" + tail + "\x04\x08\x05READY\x01x",
		"kind": signature + "\x03\x01" + tail +
			"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03PUB",
	}
	for listener, partner := range partners {
		s := listening(t, listener, loopback, Options{})
		for name, bytes := range openings {
			conn := stranger(t, s)
			conn.Write([]byte(bytes))
			closes(t, fmt.Sprintf("%s to %s", name, listener), conn)
		}
		dialing(t, partner.kind, s, Options{}) // the next one is served
	}
}

func TestBadTrafficEndsThePeerOnly(t *testing.T) {
	half := "\x03\x00\x00\x00\x00\x00\x08\x00\x00" + strings.Repeat("x", 1<<19)
	frames := map[string]string{
		"2^63":              "\x02\x80\x00\x00\x00\x00\x00\x00\x00",
		"over the limit":    "\x02\x00\x00\x00\x00\x40\x00\x00\x00",
		"sum over":          strings.Repeat(half, 3),
		"reserved flags":    "\x08\x00",
		"command with more": "\x05\x05\x04PING",
		"empty command":     "\x04\x00",
		"name cut":          "\x04\x02\x05P",
		"PING cut":          "\x04\x06\x04PING\x00",
		"PING long":         "\x04\x20\x04PING" + strings.Repeat("x", 27),
		"ERROR":             "\x04\x0a\x05ERROR\x03bad",
		"frames":            strings.Repeat("\x01\x00", maxFrames+1),
	}
	for listener, partner := range partners {
		s := listening(t, listener, loopback, Options{MaxFrame: 1 << 20})
		for name, bytes := range frames {
			conn, _ := rawPeer(t, s, partner.raw, 1)
			conn.Write([]byte(bytes))
			closes(t, fmt.Sprintf("%s to %s", name, listener), conn)
		}
		dialing(t, partner.kind, s, Options{})
	}
}

// TestLengthsAreNotBelieved: a frame of a gigabyte that does not come costs next to nothing.
func TestLengthsAreNotBelieved(t *testing.T) {
	s := listening(t, Router, loopback, Options{})
	before := heap()
	for range 50 {
		conn, _ := rawPeer(t, s, "DEALER", 1)
		head := binary.BigEndian.AppendUint64([]byte{flagLong}, 1<<30)
		conn.Write(append(head, "the first bytes"...))
	}
	waitFor(t, "the peers", func() bool { return peers(s) == 50 })
	if grown := heap() - before; grown > 50*believed+10<<20 {
		t.Errorf("50 frames of 1 GiB that did not come took %d MiB", grown>>20)
	}
}

func peers(s *Socket) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestHalfOpenConnections: a thousand that never shake hands cost little, and the next client
// is served. Afterwards no goroutine and no descriptor is left.
func TestHalfOpenConnections(t *testing.T) {
	goroutines, files, memory := runtime.NumGoroutine(), descriptors(t), heap()
	s, err := Listen(Router, loopback, Options{})
	if err != nil {
		t.Fatal(err)
	}
	conns := make([]net.Conn, 1000)
	for i := range conns {
		if conns[i], err = net.Dial(s.end.network, s.end.address); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			conns[i].Write(greeting{mechanism: "NULL"}.bytes())
		}
	}
	d, err := Dial(t.Context(), Dealer, s.Addr(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	send(t, d, "served")
	recv(t, s)
	if n := runtime.NumGoroutine() - goroutines; n > maxHalfOpen+64 { // and those of our own client
		t.Errorf("%d goroutines for 1000 half-open connections", n)
	}
	if grown := heap() - memory; grown > 10<<20 {
		t.Errorf("%d MiB for 1000 half-open connections", grown>>20)
	}
	d.Close()
	s.Close()
	for _, conn := range conns {
		conn.Close()
	}
	nothingLeft(t, goroutines, files)
}

// TestThousandClients: they come, talk and go, and leave nothing.
func TestThousandClients(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	s, err := Listen(Rep, loopback, Options{})
	if err != nil {
		t.Fatal(err)
	}
	go echo(s)
	for i := range 1000 {
		c, err := Dial(t.Context(), Req, s.Addr(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, "who", fmt.Sprint(i))
		want(t, c, "who", fmt.Sprint(i))
		c.Close()
	}
	waitFor(t, "the peers to go", func() bool { return peers(s) == 0 })
	s.Close()
	nothingLeft(t, goroutines, files)
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("descriptors are not counted: %v", err)
	}
	return len(entries)
}

func nothingLeft(t *testing.T, goroutines, files int) {
	t.Helper()
	waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	waitFor(t, "descriptors to close", func() bool { return descriptors(t) <= files })
}

// TestOldPeer speaks ZMTP 3.0: subscriptions are messages, and no command comes back.
func TestOldPeer(t *testing.T) {
	s := listening(t, XPub, loopback, Options{Welcome: func(topic []byte) [][]byte {
		return [][]byte{topic, []byte("welcome")}
	}})
	_, l := rawPeer(t, s, "SUB", 0)
	l.Write([]byte("\x00\x03\x01ab"))
	expect := func(frames ...string) {
		t.Helper()
		for i, want := range frames {
			flags, body, err := l.frames.next(100)
			if err != nil || string(body) != want || (flags == flagMore) != (i < len(frames)-1) {
				t.Fatalf("got %x %q, %v; want %q", flags, body, err, want)
			}
		}
	}
	expect("ab", "welcome")
	send(t, s, "abc", "1")
	send(t, s, "b", "2")
	expect("abc", "1")
	l.Write([]byte("\x00\x03\x01ab"))                  // again: no second welcome
	l.Write([]byte("\x00\x03\x00ab"))                  // cancelled once of twice
	l.Write([]byte("\x00\x02\x01c"))                   // says that the former have come
	l.Write([]byte("\x04\x0e\x04PING\x00\x01context")) // is answered anyway
	expect("c", "welcome")
	expect("\x04PONGcontext")
	send(t, s, "abc", "3")
	expect("abc", "3")
	l.Write([]byte("\x04\x09\x06CANCELab")) // a command would do, too
	l.Write([]byte("\x04\x0b\x09SUBSCRIBEd"))
	expect("d", "welcome")
	send(t, s, "abc", "4")
	send(t, s, "d", "5")
	expect("d", "5")
}

// TestSlowPeersStopNobody: to a subscriber that does not read messages are lost, a DEALER
// that does not read is closed; Send waits for neither, and others get everything.
func TestSlowPeersStopNobody(t *testing.T) {
	const count, size = 200, 1 << 18
	body := bytes.Repeat([]byte("x"), size)
	t.Run("XPub", func(t *testing.T) {
		x := listening(t, XPub, loopback, Options{Queue: 4 << 20})
		_, slow := rawPeer(t, x, "SUB", 0)
		slow.Write([]byte("\x00\x01\x01"))
		good := dialing(t, Sub, x, Options{})
		good.Subscribe("")
		waitFor(t, "two subscribers", func() bool { return subscribers(x) == 2 })
		for i := range count {
			if err := x.Send([][]byte{fmt.Append(nil, i), body}); err != nil {
				t.Fatal(err)
			}
			if m := recv(t, good); string(m[0]) != fmt.Sprint(i) || len(m[1]) != size {
				t.Fatalf("message %d: %q and %d bytes", i, m[0], len(m[1]))
			}
		}
		if n := stalled(x); n != 1 {
			t.Errorf("%d peers have lost messages, want 1", n)
		}
		last := -1
		for range count - lost(x) { // those that were queued come whole and in order
			_, topic, err := slow.frames.next(size)
			if i, _ := strconv.Atoi(string(topic)); err != nil || i <= last {
				t.Fatalf("got %q after %d, %v", topic, last, err)
			} else {
				last = i
			}
			if _, got, err := slow.frames.next(size); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("message %d: %d bytes, %v", last, len(got), err)
			}
		}
		send(t, x, "reads again")
		if _, topic, err := slow.frames.next(size); string(topic) != "reads again" {
			t.Errorf("got %q, %v", topic, err)
		}
	})
	t.Run("Router", func(t *testing.T) {
		r := listening(t, Router, loopback, Options{Queue: 4 << 20})
		rawPeer(t, r, "DEALER", 1)
		slow := []byte{0, 0, 0, 0, 1} // the name it was given
		good := dialing(t, Dealer, r, Options{Identity: []byte("good")})
		waitFor(t, "two peers", func() bool { return peers(r) == 2 })
		for range count {
			r.Send([][]byte{slow, body})
			r.Send([][]byte{[]byte("good"), body})
			if m := recv(t, good); len(m[0]) != size {
				t.Fatalf("%d bytes", len(m[0]))
			}
		}
		waitFor(t, "the slow peer to be closed", func() bool { return peers(r) == 1 })
	})
}

// lost counts the messages that all subscribers have missed.
func lost(s *Socket) int {
	x := s.pattern.(*xpub)
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, p := range x.peers {
		n += p.lost
	}
	return n
}

// TestPublishToNobody costs nothing.
func TestPublishToNobody(t *testing.T) {
	x := listening(t, XPub, loopback, Options{})
	rawPeer(t, x, "SUB", 1) // not subscribed
	body := make([]byte, 1<<20)
	before := heap()
	for range 1000 {
		x.Send([][]byte{[]byte("topic"), body})
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("%d MiB", grown>>20)
	}
}
