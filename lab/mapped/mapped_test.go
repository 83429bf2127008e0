package mapped_test

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/mapped"
	"cliplab/lab/ops"
)

const values = 64 << 10 // 256 kB, many pages

func open(t *testing.T) (*mapped.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "numbers.f32")
	var b []byte
	for i := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(i)))
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapped.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	if m.Bytes(0, 1) == nil {
		t.Skip("this system maps no files")
	}
	return m, path
}

func TestFloats(t *testing.T) {
	m, _ := open(t)
	x := m.Floats(4000, 100)
	if len(x) != 100 || x[0] != 1000 || x[99] != 1099 {
		t.Errorf("floats %v", x)
	}
	if m.Floats(2, 1) != nil || m.Floats(4*values, 1) != nil || m.Bytes(-1, 1) != nil ||
		m.Bytes(0, 4*values+1) != nil {
		t.Error("floats where there are none")
	}
	if err := m.Unchanged(); err != nil {
		t.Error(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if m.Bytes(0, 1) != nil {
		t.Error("bytes of a closed file")
	}
}

// TestCut: looking at what was cut off is an error in Go and in assembly, and the program
// goes on.
func TestCut(t *testing.T) {
	m, path := open(t)
	defer m.Close()
	x := m.Floats(0, values)
	dst, gain := make([]float32, values), make([]float32, values)
	if err := os.Truncate(path, 5000); err != nil {
		t.Fatal(err)
	}
	var sum float32
	for what, read := range map[string]func(){
		"Go": func() {
			for _, v := range x {
				sum += v
			}
		},
		"copy":       func() { copy(dst, x) },
		"assembly":   func() { ops.Add(dst[:9000], x[20_000:29_000], gain[:9000]) }, // one task
		"layer norm": func() { ops.LayerNorm(dst, make([]float32, 2), x, gain, gain, 1, values) },
	} {
		err := m.Do(read)
		if !errors.Is(err, mapped.ErrChanged) || !strings.Contains(err.Error(), path) ||
			!strings.Contains(err.Error(), "load it again") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := m.Do(func() { sum += x[10] }); err != nil {
		t.Errorf("what is still there: %v", err)
	}
}

func TestOtherPanics(t *testing.T) {
	m, _ := open(t)
	defer m.Close()
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("panic %v", p)
		}
	}()
	_ = m.Do(func() { panic("mine") })
}

func TestNoFile(t *testing.T) {
	f, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := mapped.Open(f); err == nil || !strings.Contains(err.Error(), "regular") {
		t.Errorf("a folder: %v", err)
	}
}
