package unigram_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/bpe"
	"cliplab/lab/unigram"
)

// vector is what sentencepiece 0.2.3 and transformers 5.24 make of a text; testdata is by
// lab/peers/make_unigram_vectors.py.
type vector struct {
	Text, Normal string
	IDs          []int
	SigLIP       []int
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func model(t testing.TB, name string) *unigram.Model {
	t.Helper()
	m, err := unigram.Read(read(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ids(pieces []bpe.Piece) []int {
	list := []int{}
	for _, p := range pieces {
		list = append(list, p.ID)
	}
	return list
}

// TestVectors: normal texts, plain ids and SigLIP's rows are those of the peers.
func TestVectors(t *testing.T) {
	for _, name := range []string{"small", "bytes"} {
		m := model(t, name+".model")
		var vectors []vector
		if err := json.Unmarshal(read(t, name+".vectors.json"), &vectors); err != nil {
			t.Fatal(err)
		}
		if len(vectors) < 30 {
			t.Fatalf("%d vectors", len(vectors))
		}
		siglip := unigram.Tokenizer{Model: m, Dialect: unigram.SigLIP}
		for _, v := range vectors {
			if got := m.Normalize(v.Text); got != v.Normal {
				t.Errorf("%s: %q is %q, want %q", name, v.Text, got, v.Normal)
			}
			if got := ids(m.Encode(v.Text)); !slices.Equal(got, v.IDs) {
				t.Errorf("%s: %q gives %v, want %v", name, v.Text, got, v.IDs)
			}
			rows, err := siglip.Tokenize([]string{v.Text}, len(v.SigLIP), bpe.Truncate)
			if err != nil {
				t.Fatal(err)
			}
			if got := rows.IDs[0]; !slices.Equal(got, v.SigLIP) {
				t.Errorf("%s: SigLIP's %q gives %v, want %v", name, v.Text, got, v.SigLIP)
			}
		}
	}
}

// TestJSON: tokenizer.json is the same model; its frame is what its post-processor says.
func TestJSON(t *testing.T) {
	a, b := model(t, "small.model"), model(t, "small.tokenizer.json")
	var vectors []vector
	if err := json.Unmarshal(read(t, "small.vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	if a.Len() != b.Len() || a.Name(5) != b.Name(5) || b.Name(-1) != "" {
		t.Errorf("%d and %d pieces", a.Len(), b.Len())
	}
	for _, v := range vectors {
		x, y := ids(a.Encode(v.Text)), ids(b.Encode(v.Text))
		if !slices.Equal(x, y) {
			t.Errorf("%q gives %v from the model, %v from JSON", v.Text, x, y)
		}
	}
	plain := unigram.Tokenizer{Model: b}
	rows, err := plain.Tokenize([]string{"the cat"}, 8)
	if err != nil || rows.IDs[0][7] != 0 || !slices.Contains(rows.IDs[0], 1) {
		t.Errorf("rows %v, %v", rows, err)
	}
	if text := rows.String(); !strings.Contains(text, "end") || strings.Contains(text, "start") {
		t.Errorf("shown as\n%s", text)
	}
	if _, err := plain.Tokenize([]string{"the cat is not in the hat"}, 4); err == nil ||
		!strings.Contains(err.Error(), "context holds 4") {
		t.Errorf("a long text: %v", err)
	}
}

// TestHostile: what is no model is told, and why.
func TestHostile(t *testing.T) {
	good := read(t, "small.model")
	for data, want := range map[string]string{
		"":                                       "no piece stands for",
		"\x0a\xff":                               "cut off",
		"\x0a\x02\x0a\x00":                       "piece 0 is",
		"\x12\x02\x18\x02":                       "model of type 2",
		"\x0f":                                   "wire type 7",
		string(good[:len(good)/2]):               "cut off",
		`{"model": {"type": "BPE"}}`:             `type "BPE"`,
		`{"model": {"type": "Unigram"`:           "unexpected end",
		`{"model": {"type": "Unigram"}}`:         "no piece stands for",
		"\x0a\x05\x0a\x01a\x18\x09":              "type 9",
		"\x0a\x08\x0a\x01a\x15\x00\x00\xc0\x7f":  "score NaN",
		"\x1a\x05\x12\x03abc":                    "3 bytes",
		"\x1a\x0a\x12\x08\xff\xff\x00\x00abcd":   "trie has 65535",
		"\x0a\x05\x0a\x01a\x18\x02\x1a\x02(\x00": "written",
	} {
		if _, err := unigram.Read([]byte(data)); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), "unigram: ") {
			t.Errorf("%.40q: error %v, want %q", data, err, want)
		}
	}
}

// FuzzRead: no file panics, and what is read cuts any text whole.
func FuzzRead(f *testing.F) {
	f.Add(read(f, "small.model"), "a photo of the cat ☃")
	f.Add([]byte(`{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["x", 0], ["▁a", -1]]}}`), "aa")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		m, err := unigram.Read(data)
		if err != nil {
			return
		}
		at := 0
		for _, p := range m.Encode(text) {
			if p.Start != at || p.End <= at {
				t.Fatalf("%q: a piece from %d to %d behind %d", text, p.Start, p.End, at)
			}
			at = p.End
		}
		if normal := m.Normalize(text); at != len(normal) {
			t.Fatalf("%q: %d bytes of %q are cut", text, at, normal)
		}
	})
}

// FuzzEncode: no text panics, in any dialect.
func FuzzEncode(f *testing.F) {
	m := model(f, "bytes.model")
	f.Add("a </s>photo\xff▁ \u3000 of")
	f.Fuzz(func(t *testing.T, text string) {
		for d := unigram.Plain; d <= unigram.OpenCLIP; d++ {
			tokenizer := unigram.Tokenizer{Model: m, Dialect: d}
			rows, err := tokenizer.Tokenize([]string{text}, 16, bpe.Truncate)
			if err != nil || len(rows.IDs[0]) != 16 {
				t.Fatalf("%q: %v, %v", text, rows, err)
			}
			for _, id := range rows.IDs[0] {
				if id < 0 || id >= m.Len() {
					t.Fatalf("%q: id %d", text, id)
				}
			}
		}
	})
}
