package zmtp

import (
	"context"
	"testing"
	"time"
)

// One who reads slowly gets everything, one who does not read at all holds up nobody for long.
func TestSettle(t *testing.T) {
	s, err := Listen(XPub, "tcp://127.0.0.1:0", Options{Queue: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dial := func() *Socket {
		sub, err := Dial(context.Background(), Sub, s.Addr(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := sub.Subscribe(""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sub.Close() })
		return sub
	}
	slow := dial()
	dial()          // never reads
	for range 100 { // until both have subscribed
		s.Send([][]byte{[]byte("begin")})
		time.Sleep(time.Millisecond)
	}
	const messages = 64
	got := make(chan int)
	go func() {
		n := 0
		for n < messages {
			m, err := slow.Recv()
			if err != nil {
				break
			}
			if len(m) == 2 {
				n++
				time.Sleep(2 * time.Millisecond)
			}
		}
		got <- n
	}()
	began := time.Now()
	payload := make([]byte, 1<<20)
	for range messages {
		s.Send([][]byte{[]byte("topic"), payload})
		s.Settle(4<<20, 200*time.Millisecond)
	}
	if n := <-got; n != messages {
		t.Errorf("the slow one got %d of %d", n, messages)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
