package bpe

import (
	"unicode"
	"unicode/utf8"
)

// A Span is the place of a piece in the text as it was given, before Clean.
type Span struct {
	Start, End int  // bytes of the text; −1, −1 where cleaning changed too much to tell
	Exact      bool // the span is the piece's own; else it is that of the whole word around it
}

// Spans gives for each of Pieces(text) what it came from in the text itself, so that a lesson
// can underline it. Words are found one by one: a word that cleaning only put in small letters
// has exact spans, one that it changed otherwise ("&eacute;t&eacute;") the span of the word.
// From the first word on that cannot be found, as with text that was read by a wrong encoding
// across words, spans are unknown.
func (t *Tokenizer) Spans(text string) []Span {
	pieces := t.Pieces(text)
	clean := t.Clean(text)
	spans := make([]Span, 0, len(pieces))
	words := fields(clean)
	for _, from := range fields(text) {
		raw := text[from.start:from.end]
		own := fields(t.Clean(raw))
		if len(own) > len(words) || !sameWords(t.Clean(raw), own, clean, words) {
			break
		}
		var places []int
		if len(own) == 1 {
			places = align(raw, clean[words[0].start:words[0].end])
		}
		for _, word := range words[:len(own)] {
			for n := len(spans); n < len(pieces) && pieces[n].Start < word.end; n++ {
				spans = append(spans, spanOf(pieces[n], from, word, places))
			}
		}
		words = words[len(own):]
	}
	for len(spans) < len(pieces) {
		spans = append(spans, Span{Start: -1, End: -1})
	}
	return spans
}

// field is a word between white space.
type field struct{ start, end int }

// fields finds the words of a text.
func fields(text string) []field {
	var all []field
	start := -1
	for i, r := range text {
		switch blank := unicode.IsSpace(r); {
		case !blank && start < 0:
			start = i
		case blank && start >= 0:
			all = append(all, field{start, i})
			start = -1
		}
	}
	if start >= 0 {
		all = append(all, field{start, len(text)})
	}
	return all
}

// sameWords tells whether the words of text a are the next of text b.
func sameWords(a string, own []field, b string, words []field) bool {
	for i, f := range own {
		if a[f.start:f.end] != b[words[i].start:words[i].end] {
			return false
		}
	}
	return true
}

// align gives for each byte of a clean word, and for its end, the byte of the raw word that it
// came from, or nil when the words differ by more than case. Bytes inside of a character whose
// capital is longer or shorter belong to its beginning.
func align(raw, clean string) []int {
	places := make([]int, 0, len(clean)+1)
	at := 0
	for _, r := range clean {
		from, n := utf8.DecodeRuneInString(raw[at:])
		if n == 0 || unicode.ToLower(from) != r || from == utf8.RuneError {
			return nil
		}
		size := utf8.RuneLen(r)
		for i := range size {
			if n != size {
				i = 0
			}
			places = append(places, at+i)
		}
		at += n
	}
	if at != len(raw) {
		return nil
	}
	return append(places, at)
}

// spanOf is the span of a piece in a word that came from the place from.
func spanOf(p Piece, from, word field, places []int) Span {
	if places == nil {
		return Span{Start: from.start, End: from.end}
	}
	start, end := places[p.Start-word.start], places[p.End-word.start]
	if start == end { // a part of a character
		for _, next := range places[p.End-word.start:] {
			if end = next; next > start {
				break
			}
		}
		return Span{Start: from.start + start, End: from.start + end}
	}
	return Span{Start: from.start + start, End: from.start + end, Exact: true}
}
