package zmtp

import (
	"bytes"
	"fmt"
	"testing"
)

// benchmarkEach runs a benchmark over tcp and ipc, plain and encrypted.
func benchmarkEach(b *testing.B, run func(b *testing.B, address string, server, client Options)) {
	for _, transport := range []string{"tcp", "ipc"} {
		for _, security := range []string{"null", "curve"} {
			b.Run("transport="+transport+"/security="+security, func(b *testing.B) {
				address, server, client := loopback, Options{}, Options{}
				if transport == "ipc" {
					address = "ipc://" + b.TempDir() + "/s"
				}
				if security == "curve" {
					server, client = curvePair()
				}
				run(b, address, server, client)
			})
		}
	}
}

// BenchmarkRoundTrip is a heartbeat: a small question and its answer.
func BenchmarkRoundTrip(b *testing.B) {
	for listener, kind := range map[Kind]Kind{Rep: Req, Router: Dealer} {
		b.Run("kind="+listener.String(), func(b *testing.B) {
			benchmarkEach(b, func(b *testing.B, address string, server, client Options) {
				s := listening(b, listener, address, server)
				go echo(s)
				c := dialing(b, kind, s, client)
				for b.Loop() {
					ask(b, c, []byte("ping"))
				}
			})
		})
	}
}

func ask(b *testing.B, s *Socket, frames ...[]byte) {
	if err := s.Send(frames); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Recv(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSmall counts messages of six small frames, as the wire protocol has them, one way.
func BenchmarkSmall(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, address string, server, client Options) {
		s := listening(b, Router, address, server)
		c := dialing(b, Dealer, s, client)
		message := make([][]byte, 6)
		for i := range message {
			message[i] = bytes.Repeat([]byte("x"), 100)
		}
		b.ReportAllocs()
		n := b.N
		b.ResetTimer()
		go func() {
			for range n {
				c.Send(message)
			}
		}()
		for range n {
			if _, err := s.Recv(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLarge sends 50 MB and has an answer.
func BenchmarkLarge(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, address string, server, client Options) {
		s := listening(b, Router, address, server)
		go func() {
			for {
				m, err := s.Recv()
				if err != nil {
					return
				}
				s.Send([][]byte{m[0], nil})
			}
		}()
		c := dialing(b, Dealer, s, client)
		big := make([]byte, 50<<20)
		b.SetBytes(int64(len(big)))
		for b.Loop() {
			ask(b, c, big)
		}
	})
}

// BenchmarkPublish sends a kilobyte to each of several subscribers, who receive it.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprintf("subscribers=%d", n), func(b *testing.B) {
			x := listening(b, XPub, loopback, Options{})
			subs := make([]*Socket, n)
			for i := range subs {
				subs[i] = dialing(b, Sub, x, Options{})
				subs[i].Subscribe("")
			}
			waitFor(b, "subscribers", func() bool { return subscribers(x) == n })
			message := [][]byte{[]byte("topic"), make([]byte, 1000)}
			for b.Loop() {
				x.Send(message)
				for _, s := range subs {
					if _, err := s.Recv(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkConnect dials, shakes hands and leaves.
func BenchmarkConnect(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, address string, server, client Options) {
		s := listening(b, Router, address, server)
		for b.Loop() {
			c, err := Dial(b.Context(), Dealer, s.Addr(), client)
			if err != nil {
				b.Fatal(err)
			}
			c.Close()
		}
	})
}
