package safetensors

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/mapped"
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

// TestView: what is mapped is lent, what must be made float32 is not.
func TestView(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	want := large(1)
	save(t, path, F32, map[string]*tensor.Tensor{"a": want})
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if view, file := f.View("a"); view != nil && (!slices.Equal(view, want.Data) || file == nil) {
		t.Error("the view has other values")
	}
	if view, _ := f.View("b"); view != nil {
		t.Error("a view of nothing")
	}
	half := filepath.Join(t.TempDir(), "half.safetensors")
	save(t, half, BF16, map[string]*tensor.Tensor{"a": want})
	g, err := Open(half)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if view, _ := g.View("a"); view != nil {
		t.Error("a view of halves as float32")
	}
}

// TestRange: any part of a tensor is what it is of the whole, in files, mapped or not.
func TestRange(t *testing.T) {
	for _, dtype := range []DType{F64, F32, F16, BF16} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		save(t, path, dtype, map[string]*tensor.Tensor{"a": large(1), "b": large(5)})
		lent, err := Open(path, Finite)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := read.Tensor("b")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range [][2]int{{0, 300_000}, {7, 300_000}, {1000, 2000}, {299_999, 300_000},
			{5, 5}, {100_000, 250_001}} {
			for what, f := range map[string]*File{"mapped": lent, "read": read} {
				dst := make([]float32, r[1]-r[0])
				if err := f.Range(dst, "b", r[0]); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(dst, want.Data[r[0]:r[1]]) {
					t.Errorf("%s %s: values %v differ", dtype, what, r)
				}
			}
		}
		row := make([]float32, 512)
		if n := testing.AllocsPerRun(10, func() { _ = lent.Range(row, "a", 1024) }); n > 0 {
			t.Errorf("%s: a row takes memory %v times", dtype, n)
		}
		lent.Close()
	}
}

// TestAllFinite: the quick look finds what the slow one finds, wherever it is.
func TestAllFinite(t *testing.T) {
	for _, dtype := range []DType{F32, F16, BF16} {
		values := large(1).Data[:100]
		raw := make([]byte, 100*dtype.Size())
		dtype.encode(raw, values)
		if !dtype.AllFinite(raw) {
			t.Errorf("%s: finite values are not", dtype)
		}
		for i := range values {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				values := slices.Clone(values)
				values[i] = float32(bad)
				dtype.encode(raw, values)
				if dtype.AllFinite(raw) {
					t.Errorf("%s: %v at %d was not found", dtype, bad, i)
				}
			}
		}
	}
	for h := range 1 << 16 {
		raw := []byte{byte(h), byte(h >> 8)}
		for _, dtype := range []DType{F16, BF16} {
			var v [1]float32
			dtype.decode(v[:], raw)
			if got := dtype.AllFinite(raw); got != (v[0]-v[0] == 0) {
				t.Fatalf("%s %#04x is %v, finite: %v", dtype, h, v[0], got)
			}
		}
	}
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
		if err := f.Unchanged(); !errors.Is(err, mapped.ErrChanged) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("Unchanged: %v", err)
		}
		if _, err := f.Tensor("a"); !errors.Is(err, mapped.ErrChanged) ||
			!strings.Contains(err.Error(), `"a"`) {
			t.Errorf("%s: a tensor of a cut file: %v", dtype, err)
		}
		err = f.Range(make([]float32, 100), "a", 200_000) // of the mapped file
		if !errors.Is(err, mapped.ErrChanged) || !strings.Contains(err.Error(), "load it again") {
			t.Errorf("%s: a row of a cut file: %v", dtype, err)
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
		if again := f.Check("bad"); again == nil || again.Error() != err.Error() {
			t.Errorf("Check says %v, Tensor %v", again, err)
		}
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
