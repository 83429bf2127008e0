package bpe

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestRepair are the examples of ftfy's documentation, and their like.
func TestRepair(t *testing.T) {
	for text, want := range map[string]string{
		"sÃ³":                      "só",
		"voilÃ le travail":         "voilà le travail",
		"Ã la mode":                "à la mode",
		"(ã\u0083\u0084)":          "(ツ)",
		"â€œ like this â€\ufffd":   "\" like this \ufffd",
		"РїСЂРёРІРµС‚":             "привет",
		"√©t√©":                    "été",
		"l’humanitÃ©":              "l'humanité",
		"ÃƒÂ©":                     "é",
		"ð\u009f\u0098\u0080":      "😀",
		"í\u00a0½í¸\u0080":         "😀", // CESU-8
		"Ångström":                 "ångström",
		"naïve café – ½ ×² £5 «é»": "naïve café – ½ ײ £5 «é»",
		"a\u0092b":                 "a'b",
		"\u00c0\u0080x":            "x", // Java's U+0000, which is dropped
		"The Mona Lisa doesnÃƒÂ¢Ã¢â€šÂ¬Ã¢â€žÂ¢t": "the mona lisa doesn't",
	} {
		if got := Clean(text); got != want {
			t.Errorf("Clean(%+q) = %+q, want %+q", text, got, want)
		}
	}
}

// TestRules compares the rules with the checksum of mojibake/SOURCE.md, and that broken ones are
// an error.
func TestRules(t *testing.T) {
	source, err := os.ReadFile("mojibake/SOURCE.md")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(mojibakeText))); !strings.Contains(string(source), sum) {
		t.Errorf("mojibake/SOURCE.md does not name checksum %s", sum)
	}
	for _, text := range []string{"class x z-a", "bad [", "altered (", "lossy )"} {
		if _, err := parseMojibake(text + "\n"); err == nil {
			t.Errorf("rule %q was read", text)
		}
	}
}

// BenchmarkClean cleans captions of several scripts.
func BenchmarkClean(b *testing.B) {
	for name, text := range map[string]string{
		"ascii": "A photo of an astronaut riding a horse, wearing a wide-brimmed hat.",
		"latin": "Ein schöner Tag – für ‘große’ Hüte", "cyrillic": "Фотография собаки в шляпе",
		"kana": "帽子をかぶった犬の写真", "emoji": "🎩🐶 dog in a top hat", "misread": "sÃ³ uma foto",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Clean(text)
			}
		})
	}
}
