package filelock

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Lock waits until no other process, nor another call in this one, has the lock. The file is
// made, with its folder, and stays: to remove it would let two have the lock.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, ok, err := TryLock(path)
		if ok || err != nil {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// TryLock takes the lock if nobody has it.
func TryLock(path string) (unlock func(), ok bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, false, fmt.Errorf("filelock: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o664)
	if err != nil {
		return nil, false, fmt.Errorf("filelock: %w", err)
	}
	ok, err = tryLock(f)
	if err != nil {
		ok = true // a file system without locks
	}
	if !ok || !stillThere(f, path) {
		return nil, false, f.Close()
	}
	return func() { f.Close() }, true, nil // closing unlocks
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
