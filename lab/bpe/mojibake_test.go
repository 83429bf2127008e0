package bpe

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
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
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(mojibakeText)))
	if !strings.Contains(string(source), sum) {
		t.Errorf("mojibake/SOURCE.md does not name checksum %s", sum)
	}
	for _, text := range []string{"class x z-a", "bad [", "altered (", "lossy )"} {
		if _, err := parseMojibake(text + "\n"); err == nil {
			t.Errorf("rule %q was read", text)
		}
	}
}

// TestBadness compares the sequences with the regular expression that they stand for.
func TestBadness(t *testing.T) {
	names := []string{`\s`, `[\s\v\x1c-\x1f\x85\p{Z}]`, `\w`, `[\pL\pN_]`}
	var bad []string
	for line := range strings.Lines(mojibakeText) {
		kind, body, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name, chars, _ := strings.Cut(body, " "); kind == "class" {
			names = append(names, "{"+name+"}", chars)
		} else if kind == "bad" {
			bad = append(bad, body)
		}
	}
	all := regexp.MustCompile(strings.NewReplacer(names...).Replace(strings.Join(bad, "|")))
	var alphabet []rune
	for _, r := range mojibakeText + "abcXYZ01 .,?!\n\u3000漢🎩" {
		alphabet = append(alphabet, r)
	}
	alphabet = append(alphabet, 0x85, 0x9d, 0xa0, 0xad, 0xf8ff)
	rng := rand.New(rand.NewPCG(1, 1))
	found := 0
	for range 20000 {
		text := make([]rune, 1+rng.IntN(5))
		for i := range text {
			text[i] = alphabet[rng.IntN(len(alphabet))]
		}
		want := all.MatchString(string(text))
		if mojibakeRules().found(string(text)) != want {
			t.Fatalf("%q: want %v", string(text), want)
		}
		if want {
			found++
		}
	}
	if found < 300 {
		t.Errorf("only %d of 20000 texts were bad", found)
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
