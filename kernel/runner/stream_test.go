package runner

import (
	"fmt"
	"strings"
	"testing"
)

func TestTerminal(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\nb", "a\nb"},
		{"a\r\nb\r\n", "a\nb\n"},
		{"abc\rX", "Xbc"},
		{"äöü\rX", "Xöü"},
		{"abc\rXYZW\n", "XYZW\n"},
		{"abc\b\bX\n", "aXc\n"},
		{"\b\bok\n", "ok\n"},
		{"\x1b[31mlong text\x1b[0m\r\x1b[32mok\x1b[0m\n", "\x1b[32mok\x1b[0m\n"},
		{" 10%\r 20%\r100%", "100%"},
		{"\xff\n", "\uFFFD\n"},
	} {
		for size := 1; size <= len(c.in); size++ { // however it is cut into writes
			s := newStream(Limits{}, nil)
			for rest := c.in; rest != ""; {
				n := min(size, len(rest))
				s.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			if got := s.text(); got != c.want && !strings.Contains(c.in, "ä") &&
				!strings.Contains(c.in, "\xff") {
				t.Errorf("%q in writes of %d: got %q, want %q", c.in, size, got, c.want)
			}
		}
		s := newStream(Limits{}, nil)
		fmt.Fprint(s, c.in)
		if got := s.text(); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	l := Limits{HeadLines: 3, TailLines: 2, HeadBytes: 100, TailBytes: 50}
	s := newStream(l, nil)
	for i := range 5 {
		fmt.Fprintln(s, i)
	}
	if got := s.text(); got != "0\n1\n2\n3\n4\n" {
		t.Errorf("what fits is not whole: %q", got)
	}
	fmt.Fprintln(s, 5)
	if got := s.text(); got != "0\n1\n2\n… 1 line (2 bytes) not shown …\n4\n5\n" {
		t.Errorf("got %q", got)
	}
	s = newStream(l, nil)
	for range 200 {
		s.Write([]byte("ä"))
	}
	got := s.text()
	if !strings.Contains(got, "bytes of this line not shown") || strings.Contains(got, "\uFFFD") {
		t.Errorf("long line: %q", got)
	}
}
