package zmtp

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestCloseDelivers: a kernel answers shutdown_request and is gone.
func TestCloseDelivers(t *testing.T) {
	for _, security := range []string{"null", "curve"} {
		server, client := Options{}, Options{}
		if security == "curve" {
			server, client = curvePair()
		}
		r := listening(t, Router, loopback, server)
		client.Identity = []byte("d")
		d := dialing(t, Dealer, r, client)
		send(t, d, "shut down")
		send(t, d, "and another, which nobody receives")
		recv(t, r)
		big := strings.Repeat("x", 8<<20)
		send(t, r, "d", "goodbye", big)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		want(t, d, "goodbye", big)
		if _, err := d.Recv(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the end: %v", security, err)
		}
		if err := d.Send([][]byte{nil}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: send after the end: %v", security, err)
		}
	}
}

func TestCloseEndsRecvAndSend(t *testing.T) {
	for listener, partner := range partners {
		s := listening(t, listener, loopback, Options{})
		d := dialing(t, partner.kind, s, Options{})
		ends := make(chan error, 2)
		for _, each := range []*Socket{s, d} {
			go func() {
				_, err := each.Recv()
				ends <- err
			}()
		}
		time.Sleep(10 * time.Millisecond)
		d.Close()
		s.Close()
		for range 2 {
			if err := <-ends; !errors.Is(err, net.ErrClosed) && listener != XPub {
				t.Errorf("%v: recv: %v", listener, err)
			}
		}
		for _, each := range []*Socket{s, d} {
			if err := each.Send([][]byte{{}, {}}); !errors.Is(err, net.ErrClosed) {
				t.Errorf("%v: send: %v", each.kind, err)
			}
			if err := each.Close(); err != nil {
				t.Errorf("%v: closed again: %v", each.kind, err)
			}
		}
	}
}

// TestCloseDoesNotWaitForThoseWhoDoNotRead, neither messages nor greetings.
func TestCloseDoesNotWaitForThoseWhoDoNotRead(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	x := listening(t, XPub, loopback, Options{})
	_, slow := rawPeer(t, x, "SUB", 0)
	slow.Write([]byte("\x00\x01\x01"))
	stranger(t, x)
	waitFor(t, "the subscriber", func() bool { return subscribers(x) == 1 })
	send(t, x, strings.Repeat("x", 64<<20))
	start := time.Now()
	x.Close()
	if took := time.Since(start); took > linger+time.Second/2 {
		t.Errorf("Close took %v", took)
	}
	waitFor(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
}

func TestIPC(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kernel-1")
	address := "ipc://" + path
	r := listening(t, Router, address, Options{})
	if r.Addr() != address {
		t.Errorf("address %q", r.Addr())
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info.Mode(), err)
	}
	d := dialing(t, Dealer, r, Options{Identity: []byte("d")})
	send(t, d, "hello")
	want(t, r, "d", "hello")
	if s, err := Listen(Router, address, Options{}); err == nil {
		s.Close()
		t.Error("two sockets listen at one file")
	}
	r.Close()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
}

func TestIPCFileOfTheDead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kernel-1")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	listening(t, Router, "ipc://"+path, Options{}).Close()
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Router, "ipc://"+path, Options{}); err == nil {
		t.Error("a file that is no socket is replaced")
	}
}

func TestBadAddresses(t *testing.T) {
	taken := listening(t, Router, loopback, Options{})
	for _, address := range []string{"", "127.0.0.1:1", "udp://127.0.0.1:1", "tcp://127.0.0.1",
		"tcp://127.0.0.1:99999", "tcp://256.0.0.1:1", "ipc://", "ipc://@abstract", "ipc://*",
		"ipc:///nonexistent/folder/file", "ipc:///tmp/" + strings.Repeat("x", 200), taken.Addr()} {
		s, err := Listen(Router, address, Options{})
		if err == nil {
			s.Close()
			t.Errorf("listens on %q", address)
		} else if !strings.HasPrefix(err.Error(), "zmtp: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for address, want := range map[string]endpoint{
		"tcp://*:5555":       {"tcp", ":5555"},
		"tcp://[::1]:5555":   {"tcp", "[::1]:5555"},
		"tcp://localhost:80": {"tcp", "localhost:80"},
		"ipc://kernel-1":     {"unix", "kernel-1"},
	} {
		if got, err := parseAddress(address); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", address, got, err, want)
		}
	}
}

func TestMisuse(t *testing.T) {
	r, x := listening(t, Router, loopback, Options{}), listening(t, XPub, loopback, Options{})
	rep := listening(t, Rep, loopback, Options{})
	req, sub := dialing(t, Req, rep, Options{}), dialing(t, Sub, x, Options{})
	send(t, req, "first")
	_, wrongEnd := Listen(Dealer, loopback, Options{})
	_, wrongDial := Dial(t.Context(), Router, r.Addr(), Options{})
	_, wrongPair := Dial(t.Context(), Sub, r.Addr(), Options{})
	_, wrongKey := Dial(t.Context(), Dealer, r.Addr(), Options{ServerKey: []byte("short")})
	_, reserved := Dial(t.Context(), Dealer, r.Addr(), Options{Identity: []byte{0, 1}})
	_, recvXPub := x.Recv()
	if reserved == nil { // the Router hangs up only after its half of the handshake
		d, err := Dial(t.Context(), Dealer, r.Addr(), Options{Identity: []byte{0, 1}})
		if err == nil {
			_, reserved = d.Recv()
			d.Close()
		}
	}
	for what, err := range map[string]error{
		"listen with a Dealer": wrongEnd, "dial with a Router": wrongDial,
		"Sub to Router": wrongPair, "short key": wrongKey, "reserved identity": reserved,
		"recv of an XPub": recvXPub, "subscribe of a Router": r.Subscribe(""),
		"send of a Sub": sub.Send([][]byte{nil}), "nothing to send": x.Send(nil),
		"identity alone": r.Send([][]byte{nil}), "answer before question": rep.Send([][]byte{nil}),
		"two questions": req.Send([][]byte{nil}),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestDialGivesUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = Dial(ctx, Dealer, "tcp://"+silent.Addr().String(), Options{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
