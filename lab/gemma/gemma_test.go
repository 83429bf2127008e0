package gemma_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/bpe"
	"cliplab/lab/gemma"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func tokenizer(t testing.TB) *gemma.Tokenizer {
	t.Helper()
	g, err := gemma.Read(read(t, "tokenizer.json"), read(t, "tokenizer_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func ids(pieces []bpe.Piece) []int {
	list := []int{}
	for _, p := range pieces {
		list = append(list, p.ID)
	}
	return list
}

// TestVectors: ids and rows are those of transformers.
func TestVectors(t *testing.T) {
	var vectors []struct {
		Text string
		IDs  []int
		Row  []int
	}
	if err := json.Unmarshal(read(t, "vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 20 {
		t.Fatalf("%d vectors", len(vectors))
	}
	g := tokenizer(t)
	for _, v := range vectors {
		if got := ids(g.Pieces(v.Text)); !slices.Equal(got, v.IDs) {
			t.Errorf("%q gives %v, want %v", v.Text, got, v.IDs)
		}
		rows, err := g.Tokenize([]string{v.Text}, len(v.Row), bpe.Truncate)
		if err != nil {
			t.Fatal(err)
		}
		if got := rows.IDs[0]; !slices.Equal(got, v.Row) {
			t.Errorf("%q gives the row %v, want %v", v.Text, got, v.Row)
		}
	}
}

// TestPieces: places are those in the normal text; a character without an id is bytes.
func TestPieces(t *testing.T) {
	g := tokenizer(t)
	const text = "The cat\n\n☃"
	if got := g.Normalize(text); got != "the▁cat\n\n☃" {
		t.Errorf("normal text %q", got)
	}
	list := g.Pieces(text)
	if last := list[len(list)-3:]; last[0].Text+last[1].Text+last[2].Text != "☃" {
		t.Errorf("bytes %+v", last)
	}
	g.Clean = strings.ToUpper
	if got := g.Normalize("a b<eos>"); got != "a▁b<eos>" { // <EOS> is no token, and made lower
		t.Errorf("cleaned %q", got)
	}
	if _, err := g.Tokenize([]string{"the cat and the dog"}, 3); err == nil ||
		!strings.Contains(err.Error(), "the context holds 3") {
		t.Errorf("a long text: %v", err)
	}
}

// base is a tokenizer of a few ids; change what stands in it.
const base = `{"model": {"type": "BPE", "unk_token": "u", "vocab": {"u": 0, "a": 1, "b": 2, "ab": 3,
	"aba": 4}, "merges": ["a b", ["ab", "a"]]}}`

// TestByHand: merges in their order, what is unknown, tokens that are words or take blanks.
func TestByHand(t *testing.T) {
	with := func(more string) string { return strings.TrimSuffix(base, "}") + ", " + more + "}" }
	added := func(flags string) string {
		return with(`"added_tokens": [{"id": 5, "content": "b b", ` + flags + `}]`)
	}
	for _, c := range []struct {
		model, text string
		want        []int
	}{
		{base, "ababa", []int{3, 4}},
		{base, "xyab", []int{0, 0, 3}},
		{strings.Replace(base, `"unk_`, `"fuse_unk": true, "unk_`, 1), "xyabz", []int{0, 3, 0}},
		{with(`"pre_tokenizer": {"type": "Split", "pattern": {"String": "b"}, "invert": false,
			"behavior": "MergedWithPrevious"}`), "ababba", []int{3, 3, 2, 1}},
		{with(`"normalizer": {"type": "Prepend", "prepend": "b"}`), "ab", []int{2, 3}},
		{added(`"rstrip": true, "lstrip": true`), "a  b b  a", []int{1, 5, 1}},
		{added(`"single_word": true`), "ab b", []int{3, 0, 2}},
		{added(`"single_word": true`), "b b", []int{5}},
		{added(`"normalized": true`), "ab ba", []int{1, 5, 1}},
		{with(`"added_tokens": [{"id": 5, "content": "bb"}, {"id": 6, "content": "bbb"}]`), "bbbbb",
			[]int{6, 5}},
	} {
		g, err := gemma.Read([]byte(c.model), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(g.Pieces(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%q by %s gives %v, want %v", c.text, c.model, got, c.want)
		}
	}
}

// TestFrame: tokenizer_config.json wins over the post-processor.
func TestFrame(t *testing.T) {
	model := strings.TrimSuffix(base, "}") + `, "post_processor": {"single": [{"Sequence": {}},
		{"SpecialToken": {"id": "u"}}], "special_tokens": {"u": {"ids": [0]}}},
		"padding": {"pad_id": 2, "direction": "Right"}}`
	for config, want := range map[string][]int{
		"":                         {1, 0, 2, 2},
		`{"pad_token": "ab"}`:      {1, 0, 3, 3},
		`{"pad_token": null}`:      {1, 0, 2, 2},
		`{"add_eos_token": false}`: {1, 2, 2, 2},
		`{"add_bos_token": true, "add_eos_token": true, "bos_token": {"content": "b"},
			"eos_token": "aba"}`: {2, 1, 4, 2},
	} {
		var data []byte
		if config != "" {
			data = []byte(config)
		}
		g, err := gemma.Read([]byte(model), data)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := g.Tokenize([]string{"a"}, 4)
		if err != nil || !slices.Equal(rows.IDs[0], want) {
			t.Errorf("%s gives %v, %v, want %v", config, rows, err, want)
		}
	}
}

// TestHostile: what is no such tokenizer is told, and why.
func TestHostile(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(base, old, new, 1) }
	head := func(more string) string { return swap(`{"model"`, `{`+more+`, "model"`) }
	const long = `{"type": "Prepend", "prepend": "more than sixteen bytes"}`
	const wrong = `{"single": [{"SpecialToken": {"id": "u"}}]}`
	for data, want := range map[string]string{
		"": "unexpected end",
		`{"model": {"type": "Unigram", "vocab": []}}`: `type "Unigram"`,
		`{"model": {"type": "BPE", "vocab": []}}`:     "cannot unmarshal array",
		`{}`:                                                 "what is unknown",
		swap(`"u": 0`, `"v": 0`):                             `what is unknown is "u"`,
		swap(`"u": 0`, `"u": -1`):                            "id -1",
		swap(`"u": 0`, `"u": 99999999999`):                   "id 99999999999",
		swap(`"a b"`, `"a b c"`):                             "3 parts",
		swap(`"a b"`, `"a c"`):                               "merge 0",
		swap(`"a b"`, `7`):                                   "merge 7",
		swap(`"BPE"`, `"BPE", "byte_fallback": true`):        "byte 0 has no id",
		swap(`"BPE"`, `"BPE", "ignore_merges": true`):        "ignore_merges",
		head(`"normalizer": {"type": "NFC"}`):                `type "NFC"`,
		head(`"normalizer": ` + long):                        "longer",
		head(`"pre_tokenizer": {"type": "ByteLevel"}`):       `type "ByteLevel"`,
		head(`"padding": {"direction": "Left"}`):             "padded on their left",
		head(`"padding": {"pad_id": 9}`):                     "padded with 9",
		head(`"added_tokens": [{"id": -4, "content": "x"}]`): "id -4",
		head(`"post_processor": ` + wrong):                   "framed by",
	} {
		if _, err := gemma.Read([]byte(data), nil); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), "gemma: ") {
			t.Errorf("%.60q: error %v, want %q", data, err, want)
		}
	}
	for config, want := range map[string]string{"[": "tokenizer_config.json",
		`{"pad_token": "nowhere"}`: `"nowhere", which has no id`, `{"padding_side": "left"}`: "left"} {
		if _, err := gemma.Read([]byte(base), []byte(config)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", config, err, want)
		}
	}
}

// TestLongText: a text without blanks is one word, and still no work of its square.
func TestLongText(t *testing.T) {
	g := tokenizer(t)
	if n := len(g.Pieces(strings.Repeat("in the ", 20000))); n < 20000 || n > 100000 {
		t.Errorf("%d pieces", n)
	}
}

// FuzzRead: no file panics, and what is read cuts any text whole.
func FuzzRead(f *testing.F) {
	f.Add(read(f, "tokenizer.json"), read(f, "tokenizer_config.json"), "a photo of <eos> the cat ☃")
	f.Add([]byte(base), []byte("{}"), "abab")
	f.Fuzz(func(t *testing.T, data, config []byte, text string) {
		g, err := gemma.Read(data, config)
		if err != nil {
			return
		}
		at := 0
		for _, p := range g.Pieces(text) {
			if p.Start != at || p.End < at || p.ID < 0 || p.ID >= g.Len() {
				t.Fatalf("%q: %+v behind %d", text, p, at)
			}
			at = p.End
		}
		if normal := g.Normalize(text); at != len(normal) {
			t.Fatalf("%q: %d bytes of %q are cut", text, at, normal)
		}
		rows, err := g.Tokenize([]string{text}, 8, bpe.Truncate)
		if err != nil || len(rows.IDs[0]) != 8 {
			t.Fatalf("%q: %v, %v", text, rows, err)
		}
	})
}
