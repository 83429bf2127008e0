package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

// Sums is a go.sum file: what the archives and go.mod files of modules must hash to.
type Sums struct {
	mu     sync.Mutex
	hashes map[string][]string // "path version" or "path version/go.mod" → h1:…
	used   map[string]bool     // those that a session depends on
}

// NewSums returns one without entries.
func NewSums() *Sums {
	return &Sums{hashes: map[string][]string{}, used: map[string]bool{}}
}

// Read adds the lines of a go.sum file. Lines that are none are told in the error, and the
// others are added.
func (s *Sums) Read(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var bad error
	for i, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case len(fields) != 3 || module.CheckPath(fields[0]) != nil:
			if bad == nil {
				bad = fmt.Errorf("fetch: go.sum line %d is not \"module version hash\": %q", i+1, line)
			}
		default:
			s.add(fields[0]+" "+fields[1], fields[2])
		}
	}
	return bad
}

func (s *Sums) add(key, hash string) {
	if !slices.Contains(s.hashes[key], hash) {
		s.hashes[key] = append(s.hashes[key], hash)
	}
}

// Bytes is the go.sum file of what was used.
func (s *Sums) Bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(s.used)) {
		for _, hash := range s.hashes[key] {
			fmt.Fprintf(&b, "%s %s\n", key, hash)
		}
	}
	return b.Bytes()
}

// ErrMismatch is returned when a module is not what its checksum says.
type ErrMismatch struct {
	Module    module.Version
	Got, Want string
	By        string // who knows what it should be
}

func (e *ErrMismatch) Error() string {
	return fmt.Sprintf("fetch: %s@%s is not what it was: its checksum is %s, %s says %s; "+
		"someone may have tampered with it, so it is not used",
		e.Module.Path, e.Module.Version, e.Got, e.By, e.Want)
}

// check compares the hash of something in the cache with what is known, and notes it.
func (s *Sums) check(m module.Version, suffix, hash string) error {
	_, err := s.known(m, suffix, hash)
	if err == nil {
		s.note(m, suffix, hash)
	}
	return err
}

// known tells whether a hash is in the list; another one there is an error.
func (s *Sums) known(m module.Version, suffix, hash string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.hashes[m.Path+" "+m.Version+suffix]
	if slices.Contains(list, hash) {
		return true, nil
	}
	for _, h := range list {
		if strings.HasPrefix(h, "h1:") {
			return false, &ErrMismatch{m, hash, h, "go.sum"}
		}
	}
	return false, nil
}

func (s *Sums) note(m module.Version, suffix, hash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := m.Path + " " + m.Version + suffix
	s.add(key, hash)
	s.used[key] = true
}

// verify checks a hash against go.sum, and against the checksum database if it is not
// there.
func (f *Fetcher) verify(ctx context.Context, m module.Version, suffix, hash string) error {
	ok, err := f.sums.known(m, suffix, hash)
	if err == nil && !ok && f.set.checksums(m.Path) {
		err = f.lookup(ctx, m, suffix, hash)
	}
	if err == nil {
		f.sums.note(m, suffix, hash)
	}
	return err
}

// lookup asks the checksum database.
func (f *Fetcher) lookup(ctx context.Context, m module.Version, suffix, hash string) error {
	db, err := f.db()
	if err != nil {
		return err
	}
	lines, err := db.lookup(ctx, m.Path, m.Version+suffix)
	if err != nil {
		return fmt.Errorf("fetch: cannot verify %s@%s: %w; GONOSUMDB=%s goes without",
			m.Path, m.Version, err, m.Path)
	}
	prefix := m.Path + " " + m.Version + suffix + " "
	for _, line := range lines {
		if line == prefix+hash {
			return nil
		}
		if other, ok := strings.CutPrefix(line, prefix+"h1:"); ok {
			return &ErrMismatch{m, hash, "h1:" + other, db.name}
		}
	}
	return fmt.Errorf("fetch: %s does not know %s@%s", db.name, m.Path, m.Version)
}

// hashMod is the checksum of a go.mod file.
func hashMod(data []byte) string {
	hash, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	})
	if err != nil {
		panic("fetch: " + err.Error()) // the name and the reader are ours
	}
	return hash
}
