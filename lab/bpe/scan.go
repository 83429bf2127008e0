package bpe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The words of a text are the matches of openai/CLIP's pattern, here written as a scanner:
//
//	<\|startoftext\|> | <\|endoftext\|> | 's | 't | 're | 've | 'm | 'll | 'd
//	| [\p{L}]+ | [\p{N}] | [^\s\p{L}\p{N}]+         case ignored, first that fits wins
//
// Transformers instead cuts the text at start and end first, wherever they are, and heeds case.
type scanner struct {
	Dialect
	sot, eot string
}

func (d Dialect) scanner() scanner {
	sot, eot := d.specials()
	return scanner{d, sot, eot}
}

// contractions are words of their own.
var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// words gives the places of all words of a text, and for start and end their ids, else −1.
func (s scanner) words(text string, yield func(start, end, special int)) {
	if s.Dialect != HuggingFace {
		s.wordsBetween(text, 0, len(text), yield)
		return
	}
	for from := 0; from < len(text); {
		at, length, id := s.nextSpecial(text, from)
		s.wordsBetween(text, from, at, yield)
		if id >= 0 {
			yield(at, at+length, id)
		}
		from = at + length
	}
}

// nextSpecial finds the first start or end at or after byte from; at is len(text) for none.
func (s scanner) nextSpecial(text string, from int) (at, length, id int) {
	for at = from; at < len(text); at++ {
		i := strings.Index(text[at:], "<|")
		if i < 0 {
			break
		}
		at += i
		if strings.HasPrefix(text[at:], s.sot) {
			return at, len(s.sot), SOT
		}
		if strings.HasPrefix(text[at:], s.eot) {
			return at, len(s.eot), EOT
		}
	}
	return len(text), 0, -1
}

// wordsBetween gives the words of text[from:to].
func (s scanner) wordsBetween(text string, from, to int, yield func(start, end, special int)) {
	text = text[:to]
	for i := from; i < to; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if s.isGap(r) {
			i += n
			continue
		}
		length, special := s.wordLen(text[i:], r, n)
		yield(i, i+length, special)
		i += length
	}
}

// wordLen is the length of the word that text starts with. Its first rune is r, of n bytes.
// special is SOT or EOT, or −1 for other words.
func (s scanner) wordLen(text string, r rune, n int) (length, special int) {
	switch {
	case r == '\'':
		for _, w := range contractions {
			if m := s.prefix(text, w); m > 0 {
				return m, -1
			}
		}
	case r == '<' && s.Dialect != HuggingFace:
		// Start and end in other letters (ſ for s) are words, but no start and end.
		for i, w := range [...]string{s.sot, s.eot} {
			if m := foldPrefix(text, w); m > 0 && text[:m] == w {
				return m, SOT + i
			} else if m > 0 {
				return m, -1
			}
		}
	}
	switch {
	case unicode.IsLetter(r):
		return runLen(text, unicode.IsLetter), -1
	case unicode.IsNumber(r):
		return n, -1 // one digit per token
	default:
		return runLen(text, s.isOther), -1
	}
}

// isOther tells whether r is neither blank, letter nor number: punctuation, signs, emoji.
func (s scanner) isOther(r rune) bool {
	return !s.isGap(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}

// prefix is the length of the start of text that is the word w, or 0.
func (s scanner) prefix(text, w string) int {
	if s.Dialect == HuggingFace {
		if strings.HasPrefix(text, w) {
			return len(w)
		}
		return 0
	}
	return foldPrefix(text, w)
}

// runLen is the length of the longest start of text that holds only runes of a class.
func runLen(text string, class func(rune) bool) int {
	end := strings.IndexFunc(text, func(r rune) bool { return !class(r) })
	if end < 0 {
		return len(text)
	}
	return end
}

// foldPrefix is the length of the start of text that equals the lower-case ASCII word w when
// case is ignored, or 0. Unicode has one stranger: ſ is a small s too.
func foldPrefix(text, w string) int {
	i := 0
	for _, want := range w {
		got, n := utf8.DecodeRuneInString(text[i:])
		if unicode.ToLower(got) != want && !(got == 'ſ' && want == 's') {
			return 0
		}
		i += n
	}
	return i
}
