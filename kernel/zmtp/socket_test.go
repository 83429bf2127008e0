package zmtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// listening returns a socket that the test closes.
func listening(t testing.TB, k Kind, address string, o Options) *Socket {
	t.Helper()
	s, err := Listen(k, address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func dialing(t testing.TB, k Kind, to *Socket, o Options) *Socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := Dial(ctx, k, to.Addr(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func send(t testing.TB, s *Socket, frames ...string) {
	t.Helper()
	message := make([][]byte, len(frames))
	for i, f := range frames {
		message[i] = []byte(f)
	}
	if err := s.Send(message); err != nil {
		t.Fatal(err)
	}
}

// want receives within five seconds and compares.
func want(t testing.TB, s *Socket, frames ...string) {
	t.Helper()
	got := recv(t, s)
	same := func(a []byte, b string) bool { return string(a) == b }
	if !slices.EqualFunc(got, frames, same) {
		t.Fatalf("got %.200q, want %.200q", got, frames)
	}
}

func recv(t testing.TB, s *Socket) [][]byte {
	t.Helper()
	type result struct {
		message [][]byte
		err     error
	}
	c := make(chan result, 1)
	go func() {
		m, err := s.Recv()
		c <- result{m, err}
	}()
	select {
	case r := <-c:
		if r.err != nil {
			t.Fatal(r.err)
		}
		return r.message
	case <-time.After(5 * time.Second):
		t.Fatal("nothing received in 5 s")
		return nil
	}
}

const loopback = "tcp://127.0.0.1:0"

func TestRouterAddressesItsDealers(t *testing.T) {
	r := listening(t, Router, loopback, Options{})
	a := dialing(t, Dealer, r, Options{Identity: []byte("a")})
	b := dialing(t, Dealer, r, Options{Identity: []byte("b")})
	send(t, a, "hello", "", "there")
	want(t, r, "a", "hello", "", "there")
	send(t, b, "")
	want(t, r, "b", "")
	send(t, r, "b", "to b")
	send(t, r, "nobody", "lost")
	send(t, r, "a", "to a", "")
	want(t, a, "to a", "")
	want(t, b, "to b")
}

func TestRouterNamesTheNameless(t *testing.T) {
	r := listening(t, Router, loopback, Options{})
	d := dialing(t, Dealer, r, Options{})
	send(t, d, "who am I")
	m := recv(t, r)
	if len(m) != 2 || len(m[0]) != 5 || m[0][0] != 0 {
		t.Fatalf("got %q", m)
	}
	send(t, r, string(m[0]), "you")
	want(t, d, "you")
}

// TestRouterHandsOver: who comes back under a name takes it over, as after a lost network.
func TestRouterHandsOver(t *testing.T) {
	r := listening(t, Router, loopback, Options{})
	name := Options{Identity: []byte("same")}
	old := dialing(t, Dealer, r, name)
	send(t, old, "old")
	want(t, r, "same", "old")
	fresh := dialing(t, Dealer, r, name)
	send(t, fresh, "new")
	want(t, r, "same", "new")
	send(t, r, "same", "answer")
	want(t, fresh, "answer")
	if _, err := old.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("the old connection: %v", err)
	}
}

// TestRouterIsFair: one peer with much to say does not keep another waiting.
func TestRouterIsFair(t *testing.T) {
	r := listening(t, Router, loopback, Options{})
	loud := dialing(t, Dealer, r, Options{Identity: []byte("loud")})
	quiet := dialing(t, Dealer, r, Options{Identity: []byte("quiet")})
	for range 1000 {
		send(t, loud, strings.Repeat("x", 10000))
	}
	recv(t, r)
	send(t, quiet, "one word")
	in := &r.pattern.(*router).inbox
	waitFor(t, "both to be heard", func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return len(in.round) == 2
	})
	for range 2 {
		if m := recv(t, r); string(m[0]) == "quiet" {
			return
		}
	}
	t.Error("the quiet one waits")
}

func TestRepAnswersEachReq(t *testing.T) {
	r := listening(t, Rep, loopback, Options{})
	go func() {
		for {
			m, err := r.Recv()
			if err != nil {
				return
			}
			r.Send(m)
		}
	}()
	a, b := dialing(t, Req, r, Options{}), dialing(t, Req, r, Options{})
	for i := range 100 {
		send(t, a, "ping", fmt.Sprint(i))
		send(t, b, "pong", fmt.Sprint(i))
		want(t, b, "pong", fmt.Sprint(i))
		want(t, a, "ping", fmt.Sprint(i))
	}
}

func TestXPubWelcomesAndFilters(t *testing.T) {
	x := listening(t, XPub, loopback, Options{Welcome: func(topic []byte) [][]byte {
		return [][]byte{topic, []byte("welcome")}
	}})
	a, b := dialing(t, Sub, x, Options{}), dialing(t, Sub, x, Options{})
	a.Subscribe("")
	want(t, a, "", "welcome")
	b.Subscribe("b")
	want(t, b, "b", "welcome")
	send(t, x, "a1", "first")
	send(t, x, "b1", "second")
	want(t, a, "a1", "first")
	want(t, a, "b1", "second")
	want(t, b, "b1", "second")
}

// subscribers counts the peers that have subscribed to anything.
func subscribers(s *Socket) int {
	x := s.pattern.(*xpub)
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, p := range x.peers {
		if len(p.topics.count) > 0 {
			n++
		}
	}
	return n
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 5 s for %s", what)
		}
	}
}
