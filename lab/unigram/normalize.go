package unigram

import (
	"strings"
	"unicode/utf8"
)

// blank is what stands for a space within pieces.
const blank = "▁"

// Normalize is the text that is cut: characters replaced by the model's table, blanks as ▁, none
// twice and none at the end; one is put before the text.
//
// Source: sentencepiece src/normalizer.cc.
func (m *Model) Normalize(text string) string {
	if text == "" {
		return ""
	}
	if m.squeezes { // blanks at the begin
		for text != "" {
			to, n := m.prefix(text)
			if to != " " {
				break
			}
			text = text[n:]
		}
		if text == "" {
			return ""
		}
	}
	var out strings.Builder
	out.Grow(len(text) * 3 / 2)
	if m.prefixes {
		out.WriteString(blank)
	}
	afterBlank := m.squeezes
	for text != "" {
		to, n := m.prefix(text)
		text = text[n:]
		if afterBlank {
			to = strings.TrimLeft(to, " ")
		}
		if to != "" {
			out.WriteString(strings.ReplaceAll(to, " ", blank))
			afterBlank = m.squeezes && strings.HasSuffix(to, " ")
		}
	}
	normal := out.String()
	if m.squeezes {
		for strings.HasSuffix(normal, blank) {
			normal = strings.TrimSuffix(normal, blank)
		}
	}
	return normal
}

// prefix is what the begin of a text becomes, and how many bytes it is.
func (m *Model) prefix(text string) (to string, length int) {
	if n := m.fixed.longest(text); n > 0 { // symbols that users defined stay
		return text[:n], n
	}
	if to, n := m.chars.longest(text); n > 0 {
		return to, n
	}
	r, n := utf8.DecodeRuneInString(text)
	if r == utf8.RuneError && n == 1 {
		return "\uFFFD", 1
	}
	return text[:n], n
}
