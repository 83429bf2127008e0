package bpe

import (
	"bytes"
	"unicode/utf8"
)

// decodeVariants reads UTF-8 as careless programs write it: with surrogate pairs of three bytes
// each (CESU-8), and C0 80 for U+0000 (Java). It follows ftfy's codec utf-8-variants, oddities
// with a newline at the end included.
func decodeVariants(data []byte) (string, bool) {
	var out []byte
	for {
		i := nextVariant(data)
		if !utf8.Valid(data[:i]) {
			return "", false
		}
		out = append(out, data[:i]...)
		data = data[i:]
		switch {
		case len(data) == 0:
			return string(out), true
		case data[0] == 0xC0 && len(data) > 1:
			out = append(out, 0)
			data = data[2:]
		case len(data) >= 6 && isPair(data):
			high := rune(data[1]&0x0F)<<16 | rune(data[2]&0x3F)<<10
			low := rune(data[4]&0x0F)<<6 | rune(data[5]&0x3F)
			out = utf8.AppendRune(out, high+low+0x10000)
			data = data[6:]
		default:
			return "", false
		}
	}
}

// nextVariant is where the first variant begins, or the end.
func nextVariant(data []byte) int {
	for i := range data {
		rest := data[i:]
		switch {
		case rest[0] == 0xC0 && within(rest, 1, 0x80, 0x80):
			return i
		case rest[0] == 0xED && within(rest, 1, 0xA0, 0xBF) && (within(rest, 2, 0x80, 0xBF)):
			return i
		}
	}
	return len(data)
}

// isPair tells whether data begins with two surrogates of three bytes each.
func isPair(data []byte) bool {
	return within(data, 1, 0xA0, 0xAF) && within(data, 2, 0x80, 0xBF) &&
		within(data, 3, 0xED, 0xED) && within(data, 4, 0xB0, 0xBF) && within(data, 5, 0x80, 0xBF)
}

// within tells whether byte i is in a range or behind the end, as "([…]|$)" does in Python,
// for which a newline at the end is behind it.
func within(data []byte, i int, from, to byte) bool {
	if i >= len(data) || bytes.Equal(data[i:], []byte{'\n'}) {
		return true
	}
	return from <= data[i] && data[i] <= to
}
