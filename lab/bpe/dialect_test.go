package bpe

import (
	"slices"
	"strings"
	"testing"
)

// TestDialects: padding, truncation and errors of each.
func TestDialects(t *testing.T) {
	long := strings.Repeat("hat ", 20)
	for d, c := range map[Dialect]struct {
		pad, decoded string
		padID        int
		fails        bool
	}{
		OpenAI:      {"<|startoftext|>hat <|endoftext|>!!", "hat ", 0, true},
		OpenCLIP:    {"<start_of_text>hat <end_of_text>!!", "hat ", 0, false},
		HuggingFace: {"<|startoftext|>hat <|endoftext|><|endoftext|><|endoftext|>", "hat", EOT, true},
	} {
		tokenizer := NewDialect(d)
		tokens, err := tokenizer.Tokenize([]string{"Hat"}, 5)
		if err != nil {
			t.Fatal(err)
		}
		row := []int{SOT, 3801, EOT, c.padID, c.padID}
		if !slices.Equal(tokens.IDs[0], row) || tokens.Lengths()[0] != 3 {
			t.Errorf("dialect %d: row %v, length %d, want %v", d, tokens.IDs[0], tokens.Lengths()[0], row)
		}
		if got := tokenizer.Decode(row); got != c.pad {
			t.Errorf("dialect %d: row decoded %q, want %q", d, got, c.pad)
		}
		if got := tokenizer.Decode([]int{3801}); got != c.decoded {
			t.Errorf("dialect %d: decoded %q, want %q", d, got, c.decoded)
		}
		if _, err = tokenizer.Tokenize([]string{long}, 5); (err != nil) != c.fails {
			t.Errorf("dialect %d: too long a text: %v", d, err)
		}
		cut, err := tokenizer.Tokenize([]string{long}, 5, Truncate)
		if want := []int{SOT, 3801, 3801, 3801, EOT}; err != nil || !slices.Equal(cut.IDs[0], want) {
			t.Errorf("dialect %d: cut to %v (%v), want %v", d, cut.IDs[0], err, want)
		}
	}
}

// TestSpecials: what each dialect takes for start and end within a text.
func TestSpecials(t *testing.T) {
	const eot, other = "!<|EndOfText|>", "<end_of_text>"
	for d, want := range map[Dialect][2]int{OpenAI: {0, 0}, OpenCLIP: {0, 1}, HuggingFace: {1, 0}} {
		got := [2]int{}
		for i, text := range []string{eot, other} {
			for _, id := range NewDialect(d).Encode(text) {
				if id == EOT {
					got[i]++
				}
			}
		}
		if got != want {
			t.Errorf("dialect %d: %v ends in %q and %q, want %v", d, got, eot, other, want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("dialect 3 is known")
		}
	}()
	NewDialect(3)
}
