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
var fixedWords = []string{
	"<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d",
}

// nextWord finds the first word of text at or after byte i.
// It returns start == len(text) when there is none.
func nextWord(text string, i int) (start, end int) {
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if isGap(r) {
			i += n
			continue
		}
		return i, i + wordLen(text[i:], r, n)
	}
	return len(text), len(text)
}

// wordLen is the length of the word that text starts with. Its first rune is r, of n bytes.
func wordLen(text string, r rune, n int) int {
	if r == '\'' || r == '<' {
		for _, w := range fixedWords {
			if m := foldPrefix(text, w); m > 0 {
				return m
			}
		}
	}
	switch {
	case unicode.IsLetter(r):
		return runLen(text, unicode.IsLetter)
	case unicode.IsNumber(r):
		return n // one digit per token
	default:
		return runLen(text, isOther)
	}
}

// isOther tells whether r is neither blank, letter nor number: punctuation, signs, emoji.
func isOther(r rune) bool {
	return !isGap(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}

// isGap tells whether r is part of no word: white space and U+0345, the iota below, a mark
// whose capital is a letter. With case ignored the pattern's third class excludes it, and
// among the letters it is not.
func isGap(r rune) bool { return unicode.IsSpace(r) || r == '\u0345' }

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
