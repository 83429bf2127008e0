package bpe

import (
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// A Tokenizer turns text into CLIP's tokens. All tokenizers share one vocabulary and may be
// used by several goroutines at once.
type Tokenizer struct {
	vocab *vocabulary
}

// New gives CLIP's tokenizer. The first call reads the embedded vocabulary.
func New() *Tokenizer { return &Tokenizer{vocab: vocab()} }

// A Piece is one token together with the text that it stands for.
type Piece struct {
	ID         int
	Text       string // the bytes it covers; part of a character where a character is split
	Start, End int    // Text is Clean(text)[Start:End]
	EndsWord   bool   // the symbol carries the end-of-word mark
}

// Encode gives the ids of a text, without start, end and padding. The strings
// "<|startoftext|>" and "<|endoftext|>" become SOT and EOT, as in openai/CLIP.
func (t *Tokenizer) Encode(text string) []int {
	ids := []int{}
	clean := Clean(text)
	for start, end := nextWord(clean, 0); start < len(clean); start, end = nextWord(clean, end) {
		ids = t.encodeWord(ids, clean[start:end])
	}
	return ids
}

// Pieces gives the tokens of a text with their places in Clean(text). Their ids are those of
// Encode.
func (t *Tokenizer) Pieces(text string) []Piece {
	pieces := []Piece{}
	clean := Clean(text)
	for start, end := nextWord(clean, 0); start < len(clean); start, end = nextWord(clean, end) {
		at := start
		for _, id := range t.encodeWord(nil, clean[start:end]) {
			next := at + len(t.vocab.symbols[id])
			pieces = append(pieces, Piece{
				ID: id, Text: clean[at:next], Start: at, End: next, EndsWord: next == end,
			})
			at = next
		}
	}
	return pieces
}

// encodeWord appends the ids of one word.
func (t *Tokenizer) encodeWord(dst []int, word string) []int {
	switch word {
	case t.vocab.symbols[SOT]:
		return append(dst, SOT)
	case t.vocab.symbols[EOT]:
		return append(dst, EOT)
	}
	return t.vocab.encodeWord(dst, word)
}

// Decode gives the text of ids: a blank after each word, specials as "<|startoftext|>" and
// "<|endoftext|>", padding as "!" (which has id 0), U+FFFD for bytes that make no character
// and for ids outside the vocabulary.
//
// Except for that trailing blank and for blanks around punctuation, Decode(Encode(text)) is
// Clean(text).
func (t *Tokenizer) Decode(ids []int) string {
	var out strings.Builder
	for _, id := range ids {
		if id < 0 || id >= len(t.vocab.symbols) {
			out.WriteString("\uFFFD")
			continue
		}
		out.WriteString(t.vocab.symbols[id])
		if t.vocab.ends[id] {
			out.WriteString(endOfWord)
		}
	}
	// The decoder puts one U+FFFD for each broken character, as Python does; it never fails.
	text, _ := unicode.UTF8.NewDecoder().String(out.String())
	return strings.ReplaceAll(text, endOfWord, " ")
}
