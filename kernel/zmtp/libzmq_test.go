package zmtp

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// python names the interpreter with pyzmq, whose libzmq judges us.
func python(t *testing.T) string {
	t.Helper()
	name := os.Getenv("CLIPLAB_PYZMQ")
	if name == "" {
		t.Skip("CLIPLAB_PYZMQ is not set; set it to a python with pyzmq to test against libzmq")
	}
	return name
}

func TestLibzmqAsClient(t *testing.T) {
	name := python(t)
	for _, transport := range []string{"tcp", "ipc"} {
		for _, security := range []string{"null", "curve"} {
			t.Run(transport+"/"+security, func(t *testing.T) {
				arguments := []string{"testdata/libzmq.py", "client"}
				o := Options{Queue: 8 << 20, Log: func(s string) { t.Log(s) }}
				if security == "curve" {
					o.Curve = NewCurve()
				}
				for _, s := range serve(t, transport, o) {
					arguments = append(arguments, s.Addr())
				}
				if o.Curve != nil {
					arguments = append(arguments, o.Curve.String())
				}
				if out, err := exec.Command(name, arguments...).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			})
		}
	}
}

// serve answers the client of libzmq.py on a Router, a Rep and an XPub.
func serve(t *testing.T, transport string, o Options) []*Socket {
	address := func(kind Kind) string {
		if transport == "ipc" {
			return "ipc://" + t.TempDir() + "/" + kind.String()
		}
		return loopback
	}
	router := listening(t, Router, address(Router), o)
	rep := listening(t, Rep, address(Rep), o)
	o.Welcome = func(topic []byte) [][]byte { return [][]byte{topic, []byte("welcome")} }
	xpub := listening(t, XPub, address(XPub), o)
	go echo(rep)
	go func() {
		for {
			m, err := router.Recv()
			if err != nil {
				return
			}
			switch string(m[1]) {
			case "publish":
				size, _ := strconv.Atoi(string(m[3]))
				count, _ := strconv.Atoi(string(m[4]))
				for i := range count {
					number := strconv.AppendInt(nil, int64(i), 10)
					xpub.Send([][]byte{m[2], number, bytes.Repeat([]byte{'.'}, size)})
				}
				m = [][]byte{m[0], []byte("published")}
			case "stalled":
				m = [][]byte{m[0], fmt.Append(nil, stalled(xpub))}
			}
			router.Send(m)
		}
	}()
	return []*Socket{router, rep, xpub}
}

func echo(s *Socket) {
	for {
		m, err := s.Recv()
		if err != nil {
			return
		}
		s.Send(m)
	}
}

// stalled counts the peers that lose messages; none may be further behind than it should.
func stalled(s *Socket) int {
	x := s.pattern.(*xpub)
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, p := range x.peers {
		p.out.mu.Lock()
		if p.out.bytes > p.out.bound+1<<20 {
			n += 1000
		}
		p.out.mu.Unlock()
		if p.lost > 0 {
			n++
		}
	}
	return n
}

func TestLibzmqAsServer(t *testing.T) {
	name := python(t)
	for _, transport := range []string{"tcp", "ipc"} {
		for _, security := range []string{"null", "curve"} {
			t.Run(transport+"/"+security, func(t *testing.T) {
				where := "tcp://127.0.0.1:*"
				if transport == "ipc" {
					where = "ipc://" + t.TempDir()
				}
				arguments := []string{"testdata/libzmq.py", "server", where}
				if security == "curve" {
					arguments = append(arguments, "curve")
				}
				addresses, o := launch(t, exec.Command(name, arguments...))
				talk(t, addresses, o)
			})
		}
	}
}

// launch starts libzmq.py as a server, which ends with the test.
func launch(t *testing.T, cmd *exec.Cmd) (addresses []string, o Options) {
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(line)
	if len(words) == 4 {
		if o.ServerKey, err = ParseKey(words[3]); err != nil {
			t.Fatal(err)
		}
	}
	return words[:3], o
}

// talk is the client of a libzmq Router and Rep that echo, and of an XPub that welcomes.
func talk(t *testing.T, addresses []string, o Options) {
	to := func(i int) *Socket { return &Socket{end: mustParse(t, addresses[i])} }
	dealer := dialing(t, Dealer, to(0), o)
	const count = 10000
	go func() {
		for i := range count {
			dealer.Send([][]byte{fmt.Append(nil, i), nil, bytes.Repeat([]byte("x"), i%700)})
		}
	}()
	for i := range count {
		want(t, dealer, fmt.Sprint(i), "", strings.Repeat("x", i%700))
	}
	big := strings.Repeat("0123456789", 5<<20)
	send(t, dealer, big)
	want(t, dealer, big)
	req := dialing(t, Req, to(1), o)
	for i := range 100 {
		send(t, req, "question", fmt.Sprint(i))
		want(t, req, "question", fmt.Sprint(i))
	}
	sub := dialing(t, Sub, to(2), o)
	if err := sub.Subscribe("topic"); err != nil {
		t.Fatal(err)
	}
	want(t, sub, "topic", "welcome", strings.Repeat("x", 50<<20))
}

func mustParse(t *testing.T, address string) endpoint {
	t.Helper()
	e, err := parseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestLibzmqLatency prints what a REQ of libzmq measures; kernels answer heartbeats with it.
func TestLibzmqLatency(t *testing.T) {
	name := python(t)
	rep := listening(t, Rep, loopback, Options{})
	go echo(rep)
	const script = `
import sys, time, zmq
s = zmq.Context().socket(zmq.REQ)
s.connect(sys.argv[1])
times = []
for _ in range(3000):
    t = time.perf_counter(); s.send(b"ping"); s.recv(); times.append(time.perf_counter() - t)
times.sort()
print(f'{times[1500]:.9f}')`
	out, err := exec.Command(name, "-c", script, rep.Addr()).Output()
	if err != nil {
		t.Fatal(err)
	}
	median, err := time.ParseDuration(strings.TrimSpace(string(out)) + "s")
	t.Logf("REQ to REP and back: median %v", median)
	if err != nil || median > time.Millisecond {
		t.Errorf("over 1 ms (%v)", err)
	}
}
