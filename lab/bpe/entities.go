package bpe

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// unescapeHTML is Python's html.unescape. It differs from Go's html.UnescapeString in numbers
// that stand for no character (Python drops most of them) and in the length of names.
func unescapeHTML(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "&")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		resolved, n := unescapeNumber(after)
		if n == 0 {
			resolved, n = unescapeName(after)
		}
		if n == 0 {
			resolved = "&"
		}
		out.WriteString(resolved)
		text = after[n:]
	}
}

// unescapeStrict resolves as ftfy does: only references that end in a semicolon, and also
// names in capitals where they are not ambiguous (P&EACUTE;REZ).
func unescapeStrict(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "&")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		resolved, n := strictReference(after)
		if n == 0 {
			resolved = "&"
		}
		out.WriteString(resolved)
		text = after[n:]
	}
}

// strictReference resolves the reference that text, which follows an "&", starts with. It
// returns the number of bytes used, 0 if there is no reference.
func strictReference(text string) (resolved string, n int) {
	body := strings.TrimPrefix(text, "#")
	end := strings.IndexFunc(body, func(r rune) bool {
		return r >= utf8.RuneSelf || !isASCIILetter(byte(r)) && !isDigit(byte(r))
	})
	if end < 1 || end > 24 || body[end] != ';' {
		return "", 0
	}
	n = len(text) - len(body) + end + 1
	if body != text {
		resolved, used := unescapeNumber(text)
		if used != n || resolved == ";" {
			return "", 0
		}
		return resolved, n
	}
	name := text[:n]
	if s, ok := namedEntity(name); ok {
		return s, n
	}
	small := strings.ToLower(name)
	if small == name || strings.ToUpper(name) != name || unescapeHTML("&"+name) != "&"+name {
		return "", 0
	}
	if s, ok := namedEntity(small); ok {
		return cases.Upper(language.Und).String(s), n
	}
	return "", 0
}

// unescapeNumber resolves text such as "#233;" or "#xE9". It returns the number of bytes used,
// 0 if text does not start with such a number.
func unescapeNumber(text string) (resolved string, n int) {
	if !strings.HasPrefix(text, "#") {
		return "", 0
	}
	base, start, isMine := 10, 1, isDigit
	if len(text) > 1 && text[1]|0x20 == 'x' {
		base, start, isMine = 16, 2, isHexDigit
	}
	end := start
	for end < len(text) && isMine(text[end]) {
		end++
	}
	if end == start {
		return "", 0
	}
	code, err := strconv.ParseUint(text[start:end], base, 32)
	if err != nil {
		code = 0xFFFFFFFF // more than any character
	}
	if end < len(text) && text[end] == ';' {
		end++
	}
	return numberedCharacter(code), end
}

// numberedCharacter is the character of a number, by the rules of the HTML standard as
// Python's html module applies them.
func numberedCharacter(code uint64) string {
	switch {
	case code == 0x0D:
		return "\r"
	case 0x80 <= code && code <= 0x9F:
		return string(windows1252(rune(code)))
	case code == 0 || code > utf8.MaxRune || 0xD800 <= code && code <= 0xDFFF:
		return "\uFFFD"
	case 0x01 <= code && code <= 0x08 || code == 0x0B || 0x0E <= code && code <= 0x1F ||
		code == 0x7F || 0xFDD0 <= code && code <= 0xFDEF || code&0xFFFE == 0xFFFE:
		return "" // controls and noncharacters
	}
	return string(rune(code))
}

// unescapeName resolves text such as "eacute;" or, for the old names only, "eacute" followed
// by anything. It returns the number of bytes used, 0 if text starts with no known name.
func unescapeName(text string) (resolved string, n int) {
	const longest = len("CounterClockwiseContourIntegral")
	end := 0
	for end < len(text) && end <= longest && (isASCIILetter(text[end]) || isDigit(text[end])) {
		end++
	}
	if end < len(text) && text[end] == ';' {
		if s, ok := namedEntity(text[:end+1]); ok {
			return s, end + 1
		}
	}
	const longestOld = len("frac12")
	for n := min(end, longestOld); n > 1; n-- {
		// The old names all stand for one character.
		s := html.UnescapeString("&" + text[:n])
		if utf8.RuneCountInString(s) == 1 {
			return s, n
		}
	}
	return "", 0
}

// namedEntity looks a name up that ends in a semicolon, in the table of package html, which
// lacks two.
func namedEntity(name string) (string, bool) {
	switch name {
	case "semi;":
		return ";", true
	case "nLt;":
		return "≪\u20D2", true
	case "nGt;":
		return "≫\u20D2", true
	}
	s := html.UnescapeString("&" + name)
	return s, !strings.HasSuffix(s, ";")
}

// isDigit tells whether c is one of 0 to 9.
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isHexDigit tells whether c is one of 0 to 9, A to F and a to f.
func isHexDigit(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
