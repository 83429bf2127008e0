package bpe

import (
	"fmt"
	"strings"
	"unicode"

	utf "golang.org/x/text/encoding/unicode"
)

// A Tokenizer turns text into CLIP's tokens. All tokenizers share one vocabulary and may be
// used by several goroutines at once.
type Tokenizer struct {
	vocab   *vocabulary
	dialect Dialect
	scanner scanner
}

// New gives CLIP's tokenizer, as openai/CLIP has it. The first call reads the embedded
// vocabulary.
func New() *Tokenizer { return NewDialect(OpenAI) }

// NewDialect gives CLIP's tokenizer as others have it. It panics on an unknown dialect.
func NewDialect(d Dialect) *Tokenizer {
	if d < OpenAI || d > HuggingFace {
		panic(fmt.Sprintf("bpe: unknown dialect %d", d))
	}
	return &Tokenizer{vocab: vocab(), dialect: d, scanner: d.scanner()}
}

// A Piece is one token together with the text that it stands for.
type Piece struct {
	ID         int
	Text       string // the bytes it covers; part of a character where a character is split
	Start, End int    // Text is Clean(text)[Start:End]
	EndsWord   bool   // the symbol carries the end-of-word mark, or is SOT or EOT
}

// Clean gives the text that is really tokenized; for OpenAI and OpenCLIP it is the function
// Clean, for HuggingFace only NFC, one blank for each run of white space, and lower case.
func (t *Tokenizer) Clean(text string) string { return t.dialect.clean(text) }

// Encode gives the ids of a text, without start, end and padding. The strings
// "<|startoftext|>" and "<|endoftext|>" become SOT and EOT, as in openai/CLIP.
func (t *Tokenizer) Encode(text string) []int {
	ids := []int{}
	clean := t.Clean(text)
	t.scanner.words(clean, func(start, end, special int) {
		if special >= 0 {
			ids = append(ids, special)
			return
		}
		ids = t.vocab.encodeWord(ids, clean[start:end])
	})
	return ids
}

// Pieces gives the tokens of a text with their places in Clean(text). Their ids are those of
// Encode. Spans gives their places in the text itself.
func (t *Tokenizer) Pieces(text string) []Piece {
	pieces := []Piece{}
	clean := t.Clean(text)
	var ids []int
	t.scanner.words(clean, func(start, end, special int) {
		if special >= 0 {
			pieces = append(pieces, Piece{special, clean[start:end], start, end, true})
			return
		}
		at := start
		ids = t.vocab.encodeWord(ids[:0], clean[start:end])
		for _, id := range ids {
			next := at + len(t.vocab.symbols[id])
			pieces = append(pieces, Piece{
				ID: id, Text: clean[at:next], Start: at, End: next, EndsWord: next == end,
			})
			at = next
		}
	})
	return pieces
}

// Decode gives the text of ids: a blank after each word, specials as "<|startoftext|>" and
// "<|endoftext|>", padding of 0 as "!", which has that id, U+FFFD for bytes that make no
// character and for ids outside the vocabulary. HuggingFace has no blanks at its ends.
//
// Except for that trailing blank and for blanks around punctuation, Decode(Encode(text)) is
// Clean(text).
func (t *Tokenizer) Decode(ids []int) string {
	var out strings.Builder
	for _, id := range ids {
		switch {
		case id < 0 || id >= len(t.vocab.symbols):
			out.WriteString("\uFFFD")
		case id == SOT:
			out.WriteString(t.scanner.sot)
		case id == EOT:
			out.WriteString(t.scanner.eot)
		default:
			out.WriteString(t.vocab.symbols[id])
			if t.vocab.ends[id] {
				out.WriteString(endOfWord)
			}
		}
	}
	// The decoder puts one U+FFFD for each broken character, as Python does; it never fails.
	text, _ := utf.UTF8.NewDecoder().String(out.String())
	text = strings.ReplaceAll(text, endOfWord, " ")
	if t.dialect == HuggingFace {
		text = strings.TrimFunc(text, IsSpace)
	}
	return text
}

// IsSpace tells whether Python's str.strip removes r: white space and four separators.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' }
