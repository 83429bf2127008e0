package filelock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestLock: who has the lock keeps others out until he lets go.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b.lock")
	unlock, err := Lock(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: %v", err)
	}
	if _, ok, err := TryLock(path); ok || err != nil {
		t.Errorf("a second lock: %v, %v", ok, err)
	}
	unlock()
	again, ok, err := TryLock(path)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	defer again()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, ok, err := TryLock(path)
	if err != nil || !ok {
		t.Errorf("a lock whose file is gone keeps others out of the new one: %v", err)
	} else {
		other()
	}
}

func TestLockCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(context.Background(), filepath.Join(file, "x.lock")); err == nil {
		t.Error("a lock below a file")
	}
}
