package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/tensor"
)

func readTestFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTypes reads a file by Hugging Face's library with a tensor of each type.
func TestTypes(t *testing.T) {
	f, err := ReadFile("testdata/types.safetensors", Finite)
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata["größe"] != "klein <&>" || f.Metadata["format"] != "np" {
		t.Errorf("metadata %q", f.Metadata)
	}
	x := []float32{0, 1, -2, 0.5, 96, -0.125}
	n := []int64{0, 1, 2, 3, 100, 127}
	for name, factor := range map[string]int64{
		"i64": -1 << 40, "i32": -1 << 20, "i16": -200, "i8": -1, "u8": 2,
		"f64": 0, "f32": 0, "f16": 0, "bf16": 0,
	} {
		got, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(x)
		if factor != 0 {
			ints, err := f.Ints(name)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				want[i] = float32(n[i] * factor)
				if ints[i] != n[i]*factor {
					t.Errorf("%s: integer %d is %d, want %d", name, i, ints[i], n[i]*factor)
				}
			}
		}
		if !slices.Equal(got.Data, want) || !slices.Equal(got.Shape, []int{2, 3}) {
			t.Errorf("%s: %v %v, want %v", name, got.Shape, got.Data, want)
		}
	}
	all, err := f.Tensors()
	if err != nil || len(all) != 12 || len(f.Names()) != 12 {
		t.Fatalf("%d tensors, %d names, error %v; want 12", len(all), len(f.Names()), err)
	}
	if s := all["scalar"]; len(s.Shape) != 0 || s.Data[0] != 2.6592 {
		t.Errorf("scalar is %v %v", s.Shape, s.Data)
	}
	if e := all["empty"]; !slices.Equal(e.Shape, []int{0, 4}) {
		t.Errorf("empty has shape %v", e.Shape)
	}
	if b := all["bool"]; !slices.Equal(b.Data, []float32{0, 0, 1, 1, 1, 1}) {
		t.Errorf("bool is %v", b.Data)
	}
	if _, err := f.Ints("f32"); err == nil {
		t.Error("Ints reads F32")
	}
	if _, err := f.Tensor("hat"); err == nil || !strings.Contains(err.Error(), `"hat"`) {
		t.Errorf("missing tensor: %v", err)
	}
	if s := f.String(); !strings.Contains(s, "12 tensors") || !strings.Contains(s, "[2 3]") {
		t.Errorf("String is %q", s)
	}
}

// TestWriteAsPython writes what was read and compares the files byte for byte.
func TestWriteAsPython(t *testing.T) {
	f, err := ReadFile("testdata/f32.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := f.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	for name, dtype := range map[string]DType{"f32": F32, "f16": F16, "bf16": BF16} {
		var b bytes.Buffer
		if err := Write(&b, tensors, dtype, map[string]string{"format": "pt"}); err != nil {
			t.Fatal(err)
		}
		if want := readTestFile(t, name+".safetensors"); !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s: bytes differ from Python's\n got %.200q\nwant %.200q", name, b.Bytes(), want)
		}
	}
}

// TestRounding compares rounding to F16 and BF16 with NumPy and ml_dtypes.
func TestRounding(t *testing.T) {
	var rows [][3]uint32
	if err := json.Unmarshal(readTestFile(t, "rounding.json"), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) < 500 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		v := math.Float32frombits(r[0])
		if got := toHalf(v); uint32(got) != r[1] {
			t.Errorf("F16 of %v (%#08x) is %#04x, want %#04x", v, r[0], got, r[1])
		}
		if got := toBrain(v); uint32(got) != r[2] {
			t.Errorf("BF16 of %v (%#08x) is %#04x, want %#04x", v, r[0], got, r[2])
		}
	}
}

// TestEveryHalf converts all half-precision numbers, and back.
func TestEveryHalf(t *testing.T) {
	var all []byte
	for h := range 1 << 16 {
		v := fromHalf(uint16(h))
		if v != v {
			if toHalf(v)&0x7C00 != 0x7C00 || toHalf(v)&0x3FF == 0 {
				t.Errorf("%#04x: not a number becomes %#04x", h, toHalf(v))
			}
			continue
		}
		all = binary.LittleEndian.AppendUint32(all, math.Float32bits(v))
		if back := toHalf(v); back != uint16(h) {
			t.Errorf("%#04x is %v, and back %#04x", h, v, back)
		}
	}
	want := strings.TrimSpace(string(readTestFile(t, "half.sha256")))
	if got := fmt.Sprintf("%x", sha256.Sum256(all)); got != want {
		t.Error("half-precision numbers differ from NumPy's")
	}
	nan := float32(math.NaN())
	if b := toBrain(nan); b&0x7F80 != 0x7F80 || b&0x7F == 0 {
		t.Errorf("BF16 of NaN is %#04x", b)
	}
}

// TestRoundTrip writes and reads every type that is written.
func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	in := map[string]*tensor.Tensor{
		"b":      tensor.From([]float32{1, -2, 0.5, 96}, 2, 2),
		"a":      tensor.From([]float32{3}),
		"z/zero": tensor.New(3, 0),
	}
	for _, dtype := range []DType{F64, F32, F16, BF16} {
		if err := WriteFile(path, in, dtype, nil); err != nil {
			t.Fatal(err)
		}
		f, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range in {
			got, err := f.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Data, want.Data) || !slices.Equal(got.Shape, want.Shape) {
				t.Errorf("%s %s: %v, want %v", dtype, name, got, want)
			}
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}
