package bpe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lower is Python's str.lower, which differs from strings.ToLower in two letters:
// İ becomes i with a dot above, two characters; Σ becomes ς at the end of a word.
func Lower(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for i, r := range text {
		switch r {
		case 'İ':
			out.WriteString("i\u0307")
		case 'Σ':
			out.WriteRune(lowerSigma(text, i))
		default:
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

// lowerSigma chooses between σ and ς for the Σ at byte i: ς where a cased letter stands before
// it and none behind it, marks and apostrophes overlooked.
//
// Source: The Unicode Standard, section 3.13, table 3-17, condition Final_Sigma.
func lowerSigma(text string, i int) rune {
	before, after := text[:i], text[i+len("Σ"):]
	for before != "" {
		r, n := utf8.DecodeLastRuneInString(before)
		if !isCaseIgnorable(r) {
			break
		}
		before = before[:len(before)-n]
	}
	after = strings.TrimLeftFunc(after, isCaseIgnorable)
	left, _ := utf8.DecodeLastRuneInString(before)
	right, _ := utf8.DecodeRuneInString(after)
	if before != "" && isCased(left) && (after == "" || !isCased(right)) {
		return 'ς'
	}
	return 'σ'
}

// isCased is Unicode's derived property Cased.
func isCased(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt,
		unicode.Other_Lowercase, unicode.Other_Uppercase)
}

// isCaseIgnorable is Unicode's derived property Case_Ignorable: marks, formats, modifiers and
// the punctuation that stands inside words.
func isCaseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) ||
		strings.ContainsRune("'.:·\u0387\u055F\u05F4‘’\u2024\u2027\uFE13\uFE52\uFE55＇．：", r)
}
