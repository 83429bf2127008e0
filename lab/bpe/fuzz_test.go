package bpe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzEncode checks on any bytes and in every dialect: no panic, ids in range, pieces that tile
// the words of the cleaned text, symbols that spell them, spans within the text; and that
// decoding gives the cleaned text back, blanks apart.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{
		"a photo of a hat", "<|endoftext|>'S &amp;&#x1F3A9;", "\xff\xfe\x1b[3m", "ΑΣ ﬁ\u0345", "",
		"&#99999999999999999999;&notit;&ampamp", "日本\u3000ＡＢ", strings.Repeat("zq", 70),
		"sÃ³ â€œlike thisâ€\u009d voilÃ le", "<start_of_text>!<|startoftext|>", "Ã\u00ad\u00a0\u00bd",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for d := OpenAI; d <= HuggingFace; d++ {
			checkDialect(t, NewDialect(d), text)
		}
	})
}

func checkDialect(t *testing.T, tokenizer *Tokenizer, text string) {
	gap := tokenizer.dialect.isGap
	clean := tokenizer.Clean(text)
	if !utf8.ValidString(clean) {
		t.Fatalf("Clean(%q) is not UTF-8: %q", text, clean)
	}
	ids, pieces := tokenizer.Encode(text), tokenizer.Pieces(text)
	if len(ids) != len(pieces) {
		t.Fatalf("%d ids, %d pieces", len(ids), len(pieces))
	}
	at := 0
	for i, p := range pieces {
		if p.ID != ids[i] || p.ID < 0 || p.ID >= VocabSize {
			t.Fatalf("piece %d has id %d, Encode gives %d", i, p.ID, ids[i])
		}
		if strings.TrimFunc(clean[at:p.Start], gap) != "" || clean[p.Start:p.End] != p.Text {
			t.Fatalf("piece %d does not follow its neighbour at byte %d: %+v", i, at, p)
		}
		if s := tokenizer.vocab.symbols[p.ID]; p.ID < SOT && s != p.Text {
			t.Fatalf("symbol %d spells %q, not %q", p.ID, s, p.Text)
		}
		at = p.End
	}
	if strings.TrimFunc(clean[at:], gap) != "" {
		t.Fatalf("%q is in no piece", clean[at:])
	}
	for i, s := range tokenizer.Spans(text) {
		known := 0 <= s.Start && s.Start < s.End && s.End <= len(text)
		if !known && (s != Span{Start: -1, End: -1}) || i >= len(pieces) {
			t.Fatalf("span %d of %d is %v", i, len(pieces), s)
		}
	}
	tokens, err := tokenizer.Tokenize([]string{text}, 8, Truncate)
	if err != nil {
		t.Fatal(err)
	}
	_ = tokens.MIMEBundle()
	gaps := func(r rune) rune {
		if gap(r) || IsSpace(r) {
			return -1
		}
		return r
	}
	same := strings.Map(gaps, tokenizer.Decode(ids)) == strings.Map(gaps, clean)
	if !same && !strings.Contains(clean, "</w>") {
		t.Fatalf("decoded %q, not %q", tokenizer.Decode(ids), clean)
	}
}

func BenchmarkVocabulary(b *testing.B) {
	for b.Loop() {
		if _, err := parseVocabulary(mergesGzip); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	tokenizer := New()
	for b.Loop() {
		tokenizer.Encode("A photo of an astronaut riding a horse, wearing a wide-brimmed hat.")
	}
}
