package zmtp

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func FuzzGreeting(f *testing.F) {
	f.Add(greeting{mechanism: "NULL"}.bytes())
	f.Add(greeting{mechanism: "CURVE", server: true}.bytes())
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x01\x05"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		g, err := readGreeting(r)
		if err != nil {
			return
		}
		if len(data)-r.Len() != greetingSize || g.minor > 1 && data[10] > 3 {
			t.Errorf("%+v of %d bytes", g, len(data)-r.Len())
		}
		if len(g.mechanism) > 20 {
			t.Errorf("mechanism %q", g.mechanism)
		}
	})
}

// FuzzFrames reads what comes and writes it again: the same frames are read once more.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x00\x05hello\x01\x00\x04\x05\x04PING"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00\x03abc"))
	f.Add([]byte("\x02\x80\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 30
		in := frameReader{r: bytes.NewReader(data)}
		for {
			flags, body, err := in.next(limit)
			if err != nil {
				return
			}
			var out batch
			null{}.seal(&out, flags, body)
			var wire bytes.Buffer
			out.flush(&wire, func() {})
			again := frameReader{r: &wire}
			f, b, err := again.next(limit)
			if err != nil || f != flags || !bytes.Equal(b, body) {
				t.Fatalf("%x %q became %x %q, %v", flags, body, f, b, err)
			}
		}
	})
}

func FuzzMetadata(f *testing.F) {
	f.Add(properties(Dealer, []byte("me")))
	f.Add(properties(Sub, nil))
	f.Add([]byte("\x01x\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMetadata(data)
		if err != nil {
			return
		}
		var b []byte
		for name, value := range m {
			b = appendProperty(b, name, value)
		}
		if again, err := parseMetadata(b); err != nil || len(again) != len(m) || len(b) > len(data) {
			t.Errorf("%v became %v, %v", m, again, err)
		}
	})
}

func FuzzZ85(f *testing.F) {
	f.Add("HelloWorld")
	f.Add("#####")
	f.Fuzz(func(t *testing.T, text string) {
		if data, err := decodeZ85(text); err == nil && encodeZ85(data) != text {
			t.Errorf("%q is %x is %q", text, data, encodeZ85(data))
		}
	})
}

// tape is a connection on which all has been said.
type tape struct {
	io.Reader
	net.Conn // for the methods that are not called
}

func (t tape) Read(b []byte) (int, error)  { return t.Reader.Read(b) }
func (t tape) Write(b []byte) (int, error) { return len(b), nil }
func (t tape) Close() error                { return nil }
func (t tape) SetDeadline(time.Time) error { return nil }
func (t tape) RemoteAddr() net.Addr        { return nil }

// FuzzConversation plays a whole connection to each kind of listening socket.
func FuzzConversation(f *testing.F) {
	hello := string(greeting{mechanism: "NULL"}.bytes())
	curve := string(greeting{mechanism: "CURVE"}.bytes())
	for _, traffic := range []string{"\x00\x05hello", "\x01\x00\x00\x01x", "\x00\x03\x01ab",
		"\x04\x0b\x09SUBSCRIBEd", "\x04\x08\x06CANCELd", "\x04\x07\x04PING\x00\x00"} {
		for _, kind := range []Kind{Dealer, Req, Sub} {
			var ready bytes.Buffer
			newLink(&ready).write("READY", properties(kind, []byte("me")))
			f.Add([]byte(hello + ready.String() + traffic))
		}
	}
	f.Add([]byte(curve + "\x04\xc8\x05HELLO\x01\x00" + strings.Repeat("\x00", 192)))
	var sockets []*Socket
	for _, o := range []Options{{}, {Curve: NewCurve()}} {
		o.MaxFrame = 1 << 16
		o.Welcome = func(topic []byte) [][]byte { return [][]byte{topic} }
		for _, kind := range []Kind{Router, Rep, XPub} {
			sockets = append(sockets, newSocket(kind, endpoint{}, o))
		}
	}
	for _, s := range sockets {
		f.Cleanup(func() { s.Close() })
		if s.kind != XPub {
			go echo(s)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range sockets {
			s.serve(tape{Reader: bytes.NewReader(data)})
			if n := peers(s); n != 0 {
				t.Fatalf("%d peers are left", n)
			}
		}
	})
}

// FuzzCurveServer gives the server commands that are sealed rightly or not at all.
func FuzzCurveServer(f *testing.F) {
	f.Add([]byte("\x04\xc8\x05HELLO\x01\x00" + strings.Repeat("\x00", 192)))
	f.Add([]byte("\x04\x0a\x08INITIATE\x00"))
	f.Add([]byte("\x04\x06\x05ERROR"))
	own := NewCurve()
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &curveServer{own: own}
		if m, err := s.handshake(newLink(tape{Reader: bytes.NewReader(data)}), nil); err == nil {
			t.Errorf("a stranger has shaken hands: %v", m)
		}
		s.initiate(data, &own.Public, own, &own.Secret)
		c := &curveClient{own: own, server: own.Public}
		if m, err := c.handshake(newLink(tape{Reader: bytes.NewReader(data)}), nil); err == nil {
			t.Errorf("a stranger has shaken hands: %v", m)
		}
		s.open(0, data)
	})
}
