package zmtp

import (
	"strings"
	"testing"
)

// The vectors of RFC 32 and of the manual of zmq_curve(7).
func TestZ85(t *testing.T) {
	hello := []byte{0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B}
	if got := encodeZ85(hello); got != "HelloWorld" {
		t.Errorf("encode: %q", got)
	}
	if got, err := decodeZ85("HelloWorld"); err != nil || string(got) != string(hello) {
		t.Errorf("decode: %x, %v", got, err)
	}
	for _, bad := range []string{"Hell", "Hello World", "%%%%%%", "#####", "%nSc1", "a\"bcd", "é123"} {
		if got, err := decodeZ85(bad); err == nil {
			t.Errorf("%q decodes to %x", bad, got)
		}
	}
	if got, err := decodeZ85("%nSc0"); err != nil || string(got) != "\xff\xff\xff\xff" {
		t.Errorf("the largest value: %x, %v", got, err)
	}
}

// The pair of the examples in zmq_curve(7), libzmq 4.3.
const (
	manualPublic = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
	manualSecret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
)

func TestParseCurve(t *testing.T) {
	c, err := ParseCurve(manualPublic, manualSecret)
	if err != nil {
		t.Fatal(err)
	}
	if public, secret := c.Z85(); public != manualPublic || secret != manualSecret {
		t.Errorf("got %q %q", public, secret)
	}
	for _, bad := range [][2]string{
		{"", ""}, {manualPublic, ""}, {manualPublic, manualSecret[1:]},
		{manualSecret, manualSecret}, {manualPublic, "\x00" + manualSecret[1:]},
	} {
		_, err := ParseCurve(bad[0], bad[1])
		if err == nil || strings.Contains(err.Error(), manualSecret[1:9]) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func curvePair() (server, client Options) {
	pair := NewCurve()
	return Options{Curve: pair}, Options{ServerKey: pair.Public[:]}
}

func TestCurve(t *testing.T) {
	server, client := curvePair()
	r := listening(t, Router, loopback, server)
	client.Identity = []byte("a")
	d := dialing(t, Dealer, r, client)
	big := strings.Repeat("0123456789", 3<<20)
	for range 3 {
		send(t, d, "small", "", big)
		want(t, r, "a", "small", "", big)
		send(t, r, "a", big, "x")
		want(t, d, big, "x")
	}
	x := listening(t, XPub, loopback, server)
	s := dialing(t, Sub, x, client)
	s.Subscribe("t")
	waitFor(t, "the subscription", func() bool { return subscribers(x) == 1 })
	send(t, x, "topic", "secret")
	want(t, s, "topic", "secret")
}

func TestCurveTurnsTheKeylessAway(t *testing.T) {
	server, client := curvePair()
	x := listening(t, XPub, loopback, server)
	other := NewCurve()
	for name, o := range map[string]Options{"plain": {}, "wrong": {ServerKey: other.Public[:]}} {
		if s, err := Dial(t.Context(), Sub, x.Addr(), o); err == nil {
			s.Close()
			t.Errorf("%s: a client without the key connects", name)
		}
	}
	plain := listening(t, XPub, loopback, Options{})
	if s, err := Dial(t.Context(), Sub, plain.Addr(), client); err == nil {
		s.Close()
		t.Error("a client that wants CURVE talks plainly")
	}
}
