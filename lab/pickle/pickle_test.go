package pickle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// archive is a checkpoint with a program and the float32 values 0, 1, 2 … of one storage.
func archive(t testing.TB, program string, values int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	put := func(name string, data []byte) {
		e, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = e.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("model/data.pkl", []byte(program))
	put("model/byteorder", []byte("little"))
	var raw []byte
	for i := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i)))
	}
	put("model/data/0", raw)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(t testing.TB, program string, values int) (*File, error) {
	data := archive(t, program, values)
	return Read(bytes.NewReader(data), int64(len(data)))
}

// text is a string literal of a program, number a small whole number.
func text(s string) string { return fmt.Sprintf("X%c\x00\x00\x00%s", len(s), s) }

func number(n int) string { return "K" + string([]byte{byte(n)}) }

// stored is a program that names a storage.
func stored(class, key string, values int) string {
	return "(" + text("storage") + "ctorch\n" + class + "\n" + text(key) + text("cpu") +
		number(values) + "tQ."
}

// view is a tensor of a storage of six values, as torch.save writes it.
func view(offset int, shape, stride string) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" +
		text("0") + text("cpu") + number(6) + "tQ" + number(offset) + shape + stride +
		"\x89ccollections\nOrderedDict\n)RtR"
}

func pair(a, b int) string { return number(a) + number(b) + "\x86" }

// TestTensors: windows on one storage, whatever their strides; and weights among what training
// saves beside them.
func TestTensors(t *testing.T) {
	whole := "}(" + text("rows") + view(0, pair(2, 3), pair(3, 1)) +
		text("turned") + view(0, pair(3, 2), pair(1, 3)) +
		text("last") + view(5, number(1)+"\x85", number(1)+"\x85") +
		text("same") + view(2, pair(2, 2), pair(0, 1)) +
		text("none") + view(0, pair(0, 9), pair(9, 9)) +
		text("scalar") + view(4, ")", ")") + "u"
	want := map[string][]float32{
		"rows": {0, 1, 2, 3, 4, 5}, "turned": {0, 3, 1, 4, 2, 5}, "last": {5},
		"same": {2, 3, 2, 3}, "none": {}, "scalar": {4},
	}
	for _, program := range []string{
		"\x80\x02" + whole + ".",
		"\x80\x02}(" + text("epoch") + number(3) + text("state_dict") + whole + "u.",
	} {
		f, err := open(t, program, 6)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Names()) != len(want) {
			t.Errorf("tensors %v", f.Names())
		}
		for name, values := range want {
			got, err := f.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(values)+len(got.Data) > 0 && !reflect.DeepEqual(got.Data, values) {
				t.Errorf("%s is %v %v, want %v", name, got.Shape, got.Data, values)
			}
		}
	}
}

// TestScript: the objects of a TorchScript archive give their tensors by path.
func TestScript(t *testing.T) {
	inner := "c__torch__.clip\nBlock\n)\x81}(" + text("weight") +
		view(0, pair(2, 3), pair(3, 1)) + "ub"
	program := "\x80\x02c__torch__.clip\nCLIP\n)\x81}(" + text("training") + "\x89" +
		text("visual") + inner + "ub."
	f, err := open(t, program, 6)
	if err != nil {
		t.Fatal(err)
	}
	if names := f.Names(); len(names) != 1 || names[0] != "visual.weight" {
		t.Errorf("tensors %v", names)
	}
}

// TestHostile: what a checkpoint does not need is an error that says what it was.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct{ program, want string }{
		"a call":          {"\x80\x02cos\nsystem\n" + text("ls") + "\x85R.", "os.system"},
		"by stack":        {"\x80\x04" + text("builtins") + text("eval") + "\x93.", "builtins.eval"},
		"a builtin":       {"c__builtin__\neval\n.", "__builtin__.eval"},
		"near a known":    {"ctorch\nhub\n.", "torch.hub"},
		"a reduced torch": {"ctorch\nFloatStorage\n)R.", "torch.FloatStorage is called"},
		"beyond":          {"}" + text("w") + view(1, pair(2, 3), pair(3, 1)) + "s.", "needs 7 values"},
		"negative": {"}" + text("w") + view(0, "J\xff\xff\xff\xff\x85", number(1)+"\x85") + "s.",
			"shape [-1]"},
		"huge": {"}" + text("w") + view(0, "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", pair(0, 0)) + "s.",
			"on a storage of 6"},
		"no storage":  {stored("FloatStorage", "7", 1), "not in the archive"},
		"short":       {stored("DoubleStorage", "0", 6), "6 values of type F64"},
		"in itself":   {"]q\x00h\x00a.", "deep"},
		"again again": {"]" + strings.Repeat("q\x00]h\x00ah\x00a", 40) + ".", "more than"},
		"extension":   {"\x82\x01.", "opcode 0x82"},
		"no stop":     {"}", "ends too early"},
		"no memo":     {"h\x09.", "memo 9"},
		"empty":       {".", "empty"},
		"key":         {"}]Ns.", "key of a dict"},
		"long text":   {"X\xff\xff\xff\x7fa.", "2147483647 bytes"},
	} {
		_, err := open(t, c.program, 6)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// TestStorages: an archive does not ask for more memory than the file has bytes.
func TestStorages(t *testing.T) {
	program := []byte("\x80\x02}" + text("w") + view(0, pair(2, 3), pair(3, 1)) + "s.")
	for want, storages := range map[string][]zip.FileHeader{
		"is compressed": {{Name: "m/data/0", Method: zip.Deflate}},
		"twice":         {{Name: "m/data/0"}, {Name: "m/data/0"}},
		"more than the file": {{Name: "m/data/0", CompressedSize64: 1 << 40,
			UncompressedSize64: 1 << 40}},
	} {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		e, err := w.Create("m/data.pkl")
		if err == nil {
			_, err = e.Write(program)
		}
		for _, h := range storages {
			if h.UncompressedSize64 > 0 {
				_, err = w.CreateRaw(&h)
			} else if e, err = w.CreateHeader(&h); err == nil {
				_, err = e.Write(make([]byte, 24))
			}
		}
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		_, err = Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	// Many tensors on one storage.
	many := "}("
	for i := range 9 {
		many += text(string(rune('a'+i))) + view(0, number(6)+"\x85", number(1)+"\x85")
	}
	if _, err := open(t, many+"u.", 6); err == nil || !strings.Contains(err.Error(), "4 times") {
		t.Errorf("nine tensors on one storage: %v", err)
	}
	deep := strings.Repeat("N", maxStack+1) + "."
	if _, err := open(t, deep, 6); err == nil || !strings.Contains(err.Error(), "on the stack") {
		t.Errorf("a large stack: %v", err)
	}
}

// TestDamage: a value that changed on the disk is found by the archive's sum.
func TestDamage(t *testing.T) {
	data := archive(t, "}"+text("w")+view(0, pair(2, 3), pair(3, 1))+"s.", 6)
	at := bytes.LastIndex(data, []byte{0, 0, 0xa0, 0x40}) // 5 as float32
	data[at] ^= 1
	f, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor("w"); !errors.Is(err, zip.ErrChecksum) {
		t.Errorf("error %v", err)
	}
}

// TestNoArchive: files of other kinds say what they are not.
func TestNoArchive(t *testing.T) {
	for _, data := range []string{"", "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PK\x03\x04"} {
		if _, err := Read(strings.NewReader(data), int64(len(data))); err == nil {
			t.Errorf("%q opened", data)
		}
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.Create("model/readme"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	_, err := Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err == nil || !strings.Contains(err.Error(), "no data.pkl") {
		t.Errorf("error %v", err)
	}
}

// FuzzProgram: no program panics, takes much memory, or runs long.
func FuzzProgram(f *testing.F) {
	f.Add("\x80\x02}" + text("w") + view(0, pair(2, 3), pair(3, 1)) + "s.")
	f.Add("c__torch__\nA\n)\x81}(" + text("a") + "I01\nL7L\nF1.5\n\x8a\x02\xff\x00tub.")
	f.Add("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x88e.")
	f.Fuzz(func(t *testing.T, program string) {
		file, err := open(t, program, 6)
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			if _, err := file.Tensor(name); err != nil {
				t.Logf("%s: %v", name, err)
			}
		}
	})
}
