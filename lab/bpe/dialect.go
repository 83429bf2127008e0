package bpe

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Dialect is one of the ways in which CLIP's tokenizer is written. They share vocabulary and
// merge rules, and give the same ids for ordinary captions.
type Dialect int

// The dialects, with what they do otherwise.
const (
	// OpenAI is openai/CLIP's clip.tokenize: text is repaired as by ftfy 6, HTML entities are
	// resolved, padding is 0, and a text that is too long is an error unless Truncate is given.
	OpenAI Dialect = iota
	// OpenCLIP is open_clip's: as OpenAI, but a text that is too long is always cut, and start
	// and end are written "<start_of_text>" and "<end_of_text>".
	OpenCLIP
	// HuggingFace is transformers' CLIPTokenizer (version 5; CLIPTokenizerFast before): no
	// repair and no entities, only NFC; padding is EOT. It lowers letter by letter (Σ is always
	// σ), takes U+0085 for white space (the old slow tokenizer did not), knows "<|endoftext|>"
	// in small letters only, and 'ſ is no 's. Without Truncate a text that is too long is an
	// error here; transformers hands it out too long, with a warning.
	HuggingFace
)

// specials are how start and end are written in a text.
func (d Dialect) specials() (sot, eot string) {
	if d == OpenCLIP {
		return "<start_of_text>", "<end_of_text>"
	}
	return "<|startoftext|>", "<|endoftext|>"
}

// pad is what fills a row behind EOT.
func (d Dialect) pad() int {
	if d == HuggingFace {
		return EOT
	}
	return PadID
}

// clean gives the text that is really tokenized.
func (d Dialect) clean(text string) string {
	if d != HuggingFace {
		return Clean(text)
	}
	text = norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD"))
	var out strings.Builder
	out.Grow(len(text))
	blank := false
	for _, r := range text {
		if unicode.IsSpace(r) {
			if !blank {
				out.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		if r == 'İ' {
			out.WriteString("i\u0307")
			continue
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// isGap tells whether r is part of no word: white space and, where case is ignored, U+0345, the
// iota below, a mark whose capital is a letter. With case ignored the pattern's third class
// excludes it, and among the letters it is not.
func (d Dialect) isGap(r rune) bool {
	return unicode.IsSpace(r) || r == '\u0345' && d != HuggingFace
}
