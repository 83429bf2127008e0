package hub

import (
	"crypto/sha1" // git names what is no large file by it
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"
)

// sum checks a content against the ETag that names it.
type sum struct {
	etag   string
	sha256 hash.Hash // the name of a large file
	git    hash.Hash // "blob", length and content: the name of others; nil if no length is known
	plain  hash.Hash // mirrors that do not know git take the content alone
	size   int64
}

func newSum(m meta) *sum {
	s := &sum{etag: m.etag, size: m.size}
	switch {
	case len(m.etag) == 64 && isHex(m.etag):
		s.sha256 = sha256.New()
	case len(m.etag) == 40 && isHex(m.etag):
		s.git, s.plain = sha1.New(), sha1.New()
	}
	s.reset()
	return s
}

func (s *sum) reset() {
	for _, h := range []hash.Hash{s.sha256, s.git, s.plain} {
		if h != nil {
			h.Reset()
		}
	}
	if s.git != nil {
		fmt.Fprintf(s.git, "blob %d\x00", s.size)
	}
}

// Write is part of io.Writer.
func (s *sum) Write(p []byte) (int, error) {
	for _, h := range []hash.Hash{s.sha256, s.git, s.plain} {
		if h != nil {
			h.Write(p)
		}
	}
	return len(p), nil
}

// check compares, where the ETag is a sum.
func (s *sum) check(n int64) error {
	if s.sha256 != nil {
		if got := fmt.Sprintf("%x", s.sha256.Sum(nil)); got != s.etag {
			return fmt.Errorf("its sha256 is %s, the hub says %s", got, s.etag)
		}
	}
	if s.git != nil && s.size == n {
		git := fmt.Sprintf("%x", s.git.Sum(nil))
		if git != s.etag && fmt.Sprintf("%x", s.plain.Sum(nil)) != s.etag {
			return fmt.Errorf("its git sha1 is %s, the hub says %s", git, s.etag)
		}
	}
	return nil
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
