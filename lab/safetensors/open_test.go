package safetensors

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"cliplab/lab/tensor"
)

// large is a tensor of many pages.
func large(seed float32) *tensor.Tensor {
	t := tensor.New(300, 1000)
	for i := range t.Data {
		t.Data[i] = seed + float32(i%4099)/7
	}
	return t
}

func save(t *testing.T, path string, dtype DType, tensors map[string]*tensor.Tensor) {
	t.Helper()
	if err := WriteFile(path, tensors, dtype, nil); err != nil {
		t.Fatal(err)
	}
}

// TestOpen: each type gives the same values mapped and read whole.
func TestOpen(t *testing.T) {
	for _, dtype := range []DType{F64, F32, F16, BF16} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		save(t, path, dtype, map[string]*tensor.Tensor{"a": large(1), "b": tensor.New(3), "c": large(2)})
		f, err := Open(path, Finite)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range f.Names() {
			got, err := f.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			want, err := read.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			into := make([]float32, len(want.Data))
			if err := f.Into(into, name); err != nil {
				t.Fatal(err)
			}
			for i, v := range want.Data {
				if got.Data[i] != v || into[i] != v {
					t.Fatalf("%s %s[%d] is %v, %v into, want %v", dtype, name, i, got.Data[i], into[i], v)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestView: writing to a tensor stays here, and Release loses nothing.
func TestView(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	want := large(1)
	save(t, path, F32, map[string]*tensor.Tensor{"a": want, "b": want})
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := f.Tensor("a")
	b, err := f.Tensor("b")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := f.Tensor("b")
	if isView := &again.Data[0] == &b.Data[0]; isView != (f.parts[0].mapped != nil) ||
		isView != f.Mapped("b") || f.Mapped("c") {
		t.Errorf("b is a view: %v", isView)
	}
	a.Data[150_000] = 7
	f.Release("a")
	f.Release("b")
	f.Release("c")
	if a.Data[150_000] != 7 {
		t.Error("Release forgot what was written")
	}
	a.Data[150_000] = want.Data[150_000]
	for i, v := range want.Data {
		if a.Data[i] != v || b.Data[i] != v {
			t.Fatalf("%d: %v, %v, want %v", i, a.Data[i], b.Data[i], v)
		}
	}
	a.Data[0] = 9
	other, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if fresh, err := other.Tensor("a"); err != nil || fresh.Data[0] != want.Data[0] {
		t.Errorf("the file was written to: %v", err)
	}
}

// TestReleaseLowersMemory: pages that were looked at go, where the system can tell.
func TestReleaseLowersMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	save(t, path, F32, map[string]*tensor.Tensor{"a": large(1)})
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, err := f.Tensor("a")
	if err != nil {
		t.Fatal(err)
	}
	var sum float32
	for _, v := range a.Data {
		sum += v
	}
	before, ok := resident(a.Data)
	if !ok {
		t.Skip("this system does not tell what is resident")
	}
	f.Release("a")
	after, _ := resident(a.Data)
	if before < len(a.Data)*4/4096-2 || after > 2 {
		t.Errorf("%d pages resident, %d after Release (sum %v)", before, after, sum)
	}
}

// resident counts pages of this process by /proc/self/pagemap.
func resident(values []float32) (pages int, ok bool) {
	pagemap, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return 0, false
	}
	defer pagemap.Close()
	page := os.Getpagesize()
	first := int(uintptr(unsafe.Pointer(&values[0]))) / page
	entries := make([]byte, 8*(4*len(values)/page))
	if _, err := pagemap.ReadAt(entries, int64(8*first)); err != nil {
		return 0, false
	}
	for i := 7; i < len(entries); i += 8 {
		pages += int(entries[i] >> 7)
	}
	return pages, true
}

// TestCutWhileOpen: reading gives an error, and Unchanged tells before views are looked at.
func TestCutWhileOpen(t *testing.T) {
	for _, dtype := range []DType{F32, F16} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		save(t, path, dtype, map[string]*tensor.Tensor{"a": large(1)})
		f, err := Open(path, Finite)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Unchanged(); err != nil {
			t.Error(err)
		}
		if err := os.Truncate(path, 5000); err != nil {
			t.Fatal(err)
		}
		if err := f.Unchanged(); !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), path) {
			t.Errorf("Unchanged: %v", err)
		}
		if _, err := f.Tensor("a"); err == nil || !strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%s: a tensor of a cut file: %v", dtype, err)
		}
	}
}

// TestFiniteInParallel: of many values that are not finite, the first is named.
func TestFiniteInParallel(t *testing.T) {
	bad := tensor.New(40, 10_000)
	for i := 123_456; i < len(bad.Data); i += 1000 {
		bad.Data[i] = float32(math.Inf(1))
	}
	for _, dtype := range []DType{F32, BF16} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		save(t, path, dtype, map[string]*tensor.Tensor{"bad": bad})
		f, err := Open(path, Finite)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Tensor("bad")
		if err == nil || !strings.Contains(err.Error(), `"bad" holds +Inf at [12 3456]`) {
			t.Errorf("error %v", err)
		}
		f.Close()
	}
}

// TestHalves: the fast conversion is the slow one, for every half.
func TestHalves(t *testing.T) {
	src := make([]byte, 2<<16)
	for i := range 1 << 16 {
		src[2*i], src[2*i+1] = byte(i), byte(i>>8)
	}
	got := make([]float32, 1<<16)
	fromHalves(got, src)
	for i, v := range got {
		if want := fromHalf(uint16(i)); math.Float32bits(v) != math.Float32bits(want) {
			t.Fatalf("%#04x is %v, want %v", i, v, want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a folder was opened")
	}
	path := filepath.Join(dir, "broken")
	if err := os.WriteFile(path, []byte("not a checkpoint"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.HasPrefix(err.Error(), path+": safetensors: ") {
		t.Errorf("a broken file: %v", err)
	}
}

func BenchmarkHalves(b *testing.B) {
	src, dst := make([]byte, 2<<16), make([]float32, 1<<16)
	F16.encode(src, large(-300).Data[:1<<16])
	b.SetBytes(2 << 16)
	for b.Loop() {
		fromHalves(dst, src)
	}
}

func BenchmarkFinite(b *testing.B) {
	values := make([]float32, 1<<15)
	b.SetBytes(4 << 15)
	for b.Loop() {
		allFinite(values)
	}
}
