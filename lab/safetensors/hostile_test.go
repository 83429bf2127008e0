package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/tensor"
)

// craft makes a file of a header and n zero bytes.
func craft(header string, n int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, n)...)
}

// claim makes a file whose header claims a length.
func claim(length uint64, rest string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, length), rest...)
}

// one is a header of the tensor "w".
func one(dtype, shape, offsets string) string {
	return `{"w":{"dtype":` + dtype + `,"shape":` + shape + `,"data_offsets":` + offsets + `}}`
}

// TestHostile: every kind of wrong file has an error that says what is wrong with which tensor.
func TestHostile(t *testing.T) {
	const a8 = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "0 bytes are too few"},
		{"short", []byte("PK\x03\x04"), "4 bytes are too few"},
		{"huge length", claim(1<<40, "{}"), "header claims 1099511627776 bytes, the file has 2"},
		{"negative length", claim(math.MaxUint64, "{}"), "header claims 18446744073709551615"},
		{"cut header", claim(50, `{"w":`), "header claims 50 bytes, the file has 5"},
		{"zip", []byte("PK\x03\x04\x14\x00\x00\x00\x00\x00\x00"), "no safetensors file"},
		{"empty header", craft("", 0), "does not start with {"},
		{"list", craft(`["w"]`, 0), "does not start with {"},
		{"blank first", craft(" {}", 0), "does not start with {"},
		{"not JSON", craft(`{"w":nonsense}`, 0), "not JSON"},
		{"cut JSON", craft(`{"w":{"dtype":"F32"`, 0), "not JSON"},
		{"trailing", craft(`{}{}`, 0), "goes on behind"},
		{"not UTF-8", craft("{\"\xff\":1}", 0), "not UTF-8"},
		{"twice", craft("{"+a8+","+a8+"}", 8), `"a" twice`},
		{"metadata", craft(`{"__metadata__":{"n":1}}`, 0), "__metadata__"},
		{"number", craft(`{"w":3}`, 0), `"w": want dtype`},
		{"no dtype", craft(`{"w":{"shape":[1],"data_offsets":[0,4]}}`, 4), `"w": dtype is missing`},
		{"null", craft(one("null", "[1]", "[0,4]"), 4), `"w": dtype is missing`},
		{"unknown", craft(one(`"F4"`, "[1]", "[0,4]"), 4), `"w": dtype "F4" is not supported`},
		{"more fields", craft(one(`"U8"`, "[]", `[0,1],"x":1`), 1), "4 fields"},
		{"fraction", craft(one(`"F32"`, "[1.5]", "[0,4]"), 4), `"w": shape [1.5]`},
		{"negative dim", craft(one(`"F32"`, "[-1,-1]", "[0,4]"), 4), `"w": shape [-1 -1]`},
		{"one offset", craft(one(`"F32"`, "[1]", "[0]"), 4), `"w": 1 data_offsets`},
		{"backwards", craft(one(`"F32"`, "[1]", "[4,0]"), 4), `"w": data_offsets 4 to 0`},
		{"negative", craft(one(`"F32"`, "[1]", "[-4,0]"), 4), `"w": data_offsets -4 to 0`},
		{"huge offset", craft(one(`"F32"`, "[1]", "[0,99999999999999999999]"), 4), `"w": data_offsets`},
		{"wrong count", craft(one(`"F32"`, "[2,3]", "[0,20]"), 20),
			`"w": F32 of shape [2 3] takes 24 bytes, data_offsets 0 to 20 hold 20`},
		{"overflow", craft(one(`"F32"`, "[4294967296,4294967296,4]", "[0,0]"), 0),
			`"w": shape [4294967296 4294967296 4] takes more bytes`},
		{"many dims", craft(one(`"U8"`, "["+strings.Repeat("1,", 99)+"1]", "[0,1]"), 1), "100 dim"},
		{"beyond", craft(one(`"F32"`, "[2]", "[0,8]"), 4), `"w" ends at byte 8, the data at 4`},
		{"behind", craft(one(`"F32"`, "[1]", "[0,4]"), 9), "bytes 4 to 9 behind the last tensor"},
		{"hole", craft("{"+a8+`,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}`, 10),
			`bytes 8 to 9 before tensor "b"`},
		{"overlap", craft("{"+a8+`,"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}}`, 9),
			`"b" starts at byte 5, inside tensor "a", which ends at 8`},
		{"no tensors, data", craft("{}", 3), "bytes 0 to 3"},
		{"deep", craft(`{"w":`+strings.Repeat("[", 50000)+"}", 0), "not JSON"},
	} {
		_, err := Decode(c.data)
		if err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.HasPrefix(err.Error(), "safetensors: ") {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if f, err := Decode(craft("{}   ", 0)); err != nil || len(f.Names()) != 0 {
		t.Errorf("a file of no tensors: %v", err)
	}
}

func TestFinite(t *testing.T) {
	var b bytes.Buffer
	in := map[string]*tensor.Tensor{
		"good": tensor.New(2, 2),
		"bad":  tensor.From([]float32{0, 1, 2, 3, float32(math.NaN()), 5}, 2, 3),
		"inf":  tensor.From([]float32{float32(math.Inf(-1))}, 1),
	}
	for _, dtype := range []DType{F32, F16, BF16} {
		b.Reset()
		if err := Write(&b, in, dtype, nil); err != nil {
			t.Fatal(err)
		}
		f, err := Decode(b.Bytes(), Finite)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Tensor("good"); err != nil {
			t.Error(err)
		}
		for name, want := range map[string]string{
			"bad": `"bad" holds NaN at [1 1]`, "inf": `"inf" holds -Inf at [0]`,
		} {
			if _, err := f.Tensor(name); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %q", dtype, err, want)
			}
		}
		if _, err := f.Tensors(); err == nil {
			t.Error("Tensors hides the error")
		}
		if f, err = Decode(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if x, err := f.Tensor("bad"); err != nil || x.Data[4] == x.Data[4] {
			t.Errorf("without Finite: %v, %v", x, err)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	for _, c := range []struct {
		want  string
		in    map[string]*tensor.Tensor
		dtype DType
	}{
		{`"x": 70000 at [1] is too large for F16`,
			map[string]*tensor.Tensor{"x": tensor.From([]float32{0, 70000}, 2)}, F16},
		{`"x": 3.4028235e+38 at [] is too large for BF16`,
			map[string]*tensor.Tensor{"x": tensor.From([]float32{math.MaxFloat32})}, BF16},
		{`cannot write dtype "I64"`, nil, I64},
		{`cannot write dtype ""`, nil, ""},
		{`cannot be called "__metadata__"`,
			map[string]*tensor.Tensor{"__metadata__": tensor.New(1)}, F32},
		{`cannot be called "\xff"`, map[string]*tensor.Tensor{"\xff": tensor.New(1)}, F32},
		{`"x" is nil`, map[string]*tensor.Tensor{"x": nil}, F32},
		{`"x" has 1 values for shape [2]`,
			map[string]*tensor.Tensor{"x": {Shape: []int{2}, Data: make([]float32, 1)}}, F32},
	} {
		err := Write(io.Discard, c.in, c.dtype, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	if err := Write(fullDisk{}, nil, F32, nil); !errors.Is(err, errFull) {
		t.Errorf("the writer's error is lost: %v", err)
	}
	// A failed write keeps the old file.
	path := filepath.Join(t.TempDir(), "m")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	big := map[string]*tensor.Tensor{"x": tensor.From([]float32{1e30}, 1)}
	if err := WriteFile(path, big, F16, nil); err == nil {
		t.Error("1e30 was written as F16")
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "old" {
		t.Errorf("old file holds %q, %v", data, err)
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// FuzzDecode feeds any bytes. What is accepted can be read, and written again.
func FuzzDecode(f *testing.F) {
	f.Add(readTestFile(f, "types.safetensors"))
	f.Add(readTestFile(f, "bf16.safetensors"))
	f.Add(craft(one(`"F32"`, "[2]", "[0,8]"), 8))
	f.Add(craft(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0))
	f.Add(claim(1<<63, "{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Decode(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "safetensors: ") {
				t.Fatal(err)
			}
			return
		}
		tensors, err := file.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Write(&b, tensors, F64, file.Metadata); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(b.Bytes())
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if len(again.Names()) != len(file.Names()) {
			t.Fatalf("%d tensors, then %d", len(file.Names()), len(again.Names()))
		}
	})
}
