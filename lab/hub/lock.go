package hub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lock waits until no other process, nor another call of this one, fetches the content that the
// lock stands for. Python's filelock takes the same lock on the same file. The file stays: to
// remove it would let two have the lock.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, fmt.Errorf("hub: the cache cannot be written: %w", err)
	}
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o664)
		if err != nil {
			return nil, fmt.Errorf("hub: the cache cannot be written: %w", err)
		}
		ok, err := tryLock(f)
		if err != nil {
			ok = true // a file system without locks: partial files are checked all the same
		}
		if ok && stillThere(f, path) {
			return func() { f.Close() }, nil // closing unlocks
		}
		f.Close()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stillThere says whether the path is the file that was locked: an older program may have
// removed it meanwhile.
func stillThere(f *os.File, path string) bool {
	locked, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(locked, now)
}

// unique is a name that no other process takes.
func unique() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
