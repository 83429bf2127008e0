package whole_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"cliplab/lab/whole"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := whole.WriteBytes(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("no more")
	err := whole.Write(path, func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "first" {
			t.Errorf("while it is written: %q, %v", b, err)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "first" {
		t.Errorf("after a failure: %q, %v", b, err)
	}
	if err := whole.WriteBytes(path, []byte("second")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "second" {
		t.Errorf("written: %q, %v", b, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("left behind: %v, %v", all, err)
	}
	if err := whole.WriteBytes(filepath.Join(dir, "none", "a"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}
