package bpe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestPublishedVectors compares with the ids that other implementations print in their tests.
func TestPublishedVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Text, Source string
		IDs          []int
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != 44 {
		t.Fatalf("testdata/tokens.json holds %d vectors, want 44", len(vectors))
	}
	tokenizer := New()
	for _, v := range vectors {
		got := append(append([]int{SOT}, tokenizer.Encode(v.Text)...), EOT)
		if !slices.Equal(got, v.IDs) {
			t.Errorf("%+q (%s)\n got %v\nwant %v", v.Text, v.Source, got, v.IDs)
		}
	}
}

// TestPeerVectors compares cleaning, ids and decoding with openai/CLIP's own tokenizer, and ids
// with open_clip's and transformers', on texts chosen to be hard.
func TestPeerVectors(t *testing.T) {
	f, err := os.Open("testdata/clip.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var v struct {
			Text, Clean, Decoded string
			IDs                  []int
			OpenCLIP             []int `json:"open_clip"`
			Transformers         []int
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if got := Clean(v.Text); got != v.Clean {
			t.Errorf("Clean(%+q)\n got %+q\nwant %+q", v.Text, got, v.Clean)
		}
		if got := New().Decode(v.IDs); got != v.Decoded {
			t.Errorf("Decode(%v)\n got %+q\nwant %+q", v.IDs, got, v.Decoded)
		}
		for d, want := range [][]int{OpenAI: v.IDs, OpenCLIP: v.OpenCLIP, HuggingFace: v.Transformers} {
			if want == nil {
				want = v.IDs
			}
			if got := NewDialect(Dialect(d)).Encode(v.Text); !slices.Equal(got, want) {
				t.Errorf("dialect %d: Encode(%+q)\n got %v\nwant %v", d, v.Text, got, want)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if n < 400 {
		t.Fatalf("testdata/clip.jsonl holds %d vectors, want more than 400", n)
	}
}

// TestVocabulary checks the stored rules against the checksums of vocab/SOURCE.md, and that
// every rule joins symbols that are older than the one it makes. That is why merging the
// leftmost pair, one at a time, gives the same as merging all equal pairs at once.
func TestVocabulary(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(mergesGzip))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("vocab/SOURCE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{mergesGzip, text} {
		if sum := fmt.Sprintf("%x", sha256.Sum256(data)); !strings.Contains(string(source), sum) {
			t.Errorf("vocab/SOURCE.md does not name checksum %s", sum)
		}
	}
	v := vocab()
	if len(v.symbols) != VocabSize || len(v.merged) != numMerges {
		t.Fatalf("%d symbols and %d rules, want %d and %d",
			len(v.symbols), len(v.merged), VocabSize, numMerges)
	}
	for p, id := range v.merged {
		if p.left >= id || p.right >= id || id < firstMerge {
			t.Fatalf("rule %v makes %d, which is not younger", p, id)
		}
	}
	for id, want := range map[int]string{0: "!", 255: "\xad", 512: "in", 513: "th", 320: "a"} {
		if v.symbols[id] != want {
			t.Errorf("symbol %d is %q, want %q", id, v.symbols[id], want)
		}
	}
}

func TestBrokenVocabulary(t *testing.T) {
	if _, err := parseVocabulary([]byte("no gzip")); err == nil {
		t.Error("bytes that are not gzip were read as a vocabulary")
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, "i n\nq̈ x")
	z.Close()
	if _, err := parseVocabulary(b.Bytes()); err == nil || !strings.Contains(err.Error(), "rule 1") {
		t.Errorf("error %v does not name rule 1", err)
	}
}

// TestMerge compares the fast ways of merging with the obvious one.
func TestMerge(t *testing.T) {
	v := vocab()
	words := []string{
		strings.Repeat("a", 200), strings.Repeat("ab", 77), strings.Repeat("hello", 40),
		"donaudampfschifffahrtsgesellschaftskapitänsmütze", strings.Repeat("日本語", 30),
		strings.Repeat("internationalization", 9), strings.Repeat("!?", 50), "x", "in",
		"the", "hats", "astronaut", "日本", "aaaaaaa",
	}
	for _, w := range words {
		start := make([]uint16, len(w))
		for i := range len(w) {
			start[i] = v.byteID[w[i]]
		}
		start[len(w)-1] += 256
		slow := v.merge(slices.Clone(start))
		if fast := v.mergeLong(slices.Clone(start)); !slices.Equal(slow, fast) {
			t.Errorf("%.20q: fast %v, slow %v", w, fast, slow)
		}
		if len(w) >= longWord {
			continue
		}
		if short := v.mergeShort(slices.Clone(start)); !slices.Equal(slow, short) {
			t.Errorf("%.20q: short %v, slow %v", w, short, slow)
		}
	}
}

// TestHugeWord would take hours with a quadratic merge.
func TestHugeWord(t *testing.T) {
	ids := New().Encode(strings.Repeat("abcdefghij", 30000))
	if len(ids) < 1000 {
		t.Errorf("%d tokens for 300,000 letters", len(ids))
	}
}
