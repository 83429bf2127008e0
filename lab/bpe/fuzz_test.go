package bpe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzEncode checks on any bytes: no panic, ids in range, pieces that tile the words of the
// cleaned text, and symbols that spell them.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{
		"a photo of a hat", "<|endoftext|>'S &amp;&#x1F3A9;", "\xff\xfe\x1b[3m", "ΑΣ ﬁ\u0345", "",
		"&#99999999999999999999;&notit;&ampamp", "日本\u3000ＡＢ", strings.Repeat("zq", 70),
	} {
		f.Add(s)
	}
	tokenizer := New()
	f.Fuzz(func(t *testing.T, text string) {
		clean := Clean(text)
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
			if strings.TrimFunc(clean[at:p.Start], OpenAI.isGap) != "" || clean[p.Start:p.End] != p.Text {
				t.Fatalf("piece %d does not follow its neighbour at byte %d: %+v", i, at, p)
			}
			if tokenizer.vocab.symbols[p.ID] != p.Text {
				t.Fatalf("symbol %d spells %q, not %q", p.ID, tokenizer.vocab.symbols[p.ID], p.Text)
			}
			at = p.End
		}
		if strings.TrimFunc(clean[at:], OpenAI.isGap) != "" {
			t.Fatalf("%q is in no piece", clean[at:])
		}
		tokens, err := tokenizer.Tokenize([]string{text}, 8, Truncate)
		if err != nil {
			t.Fatal(err)
		}
		_ = tokens.MIMEBundle()
		if !utf8.ValidString(tokenizer.Decode(ids)) {
			t.Fatal("decoded text is not UTF-8")
		}
	})
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
