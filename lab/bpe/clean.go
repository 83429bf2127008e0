package bpe

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Clean gives the text that is really tokenized: repaired, HTML entities resolved, one blank
// for each run of white space and none at the ends, in lower case. Piece spans count bytes of
// this text.
//
// It follows basic_clean and whitespace_clean of openai/CLIP's simple_tokenizer.py.
func Clean(text string) string {
	return Lower(collapseSpace(Repair(text)))
}

// Repair is a text as it was meant: read by its right encoding, HTML entities resolved. It is
// basic_clean of openai/CLIP's simple_tokenizer.py, but for blanks at the ends.
func Repair(text string) string {
	text = repair(strings.ToValidUTF8(text, "\uFFFD"))
	return unescapeHTML(unescapeHTML(text))
}

// repair does what ftfy.fix_text 6.3.1 does with its default settings. Like ftfy it works line
// by line, and on parts of a million characters where there are no lines, and leaves entities
// alone from the first "<" on, where the text may be HTML.
func repair(text string) string {
	if isPlain(text) {
		return text
	}
	var out strings.Builder
	entities := true
	for line := range strings.Lines(text) {
		for line != "" {
			part := firstRunes(line, 1_000_000)
			line = line[len(part):]
			entities = entities && !strings.Contains(part, "<")
			out.WriteString(repairLine(part, entities))
		}
	}
	return out.String()
}

// firstRunes is the start of a text, of at most n characters.
func firstRunes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// isPlain tells that no repair applies: printable ASCII without entities.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' && c != '\n') || c > '~' || c == '&' {
			return false
		}
	}
	return true
}

// maxRepairs bounds the time that a line such as "&amp;amp;amp;…" can take. ftfy has no bound.
const maxRepairs = 100

// repairLine repeats all repairs until nothing changes.
func repairLine(line string, entities bool) string {
	for range maxRepairs {
		before := line
		if entities {
			line = unescapeStrict(line)
		}
		line = mojibakeRules().fixEncoding(line)
		line = replaceRunes(line)
		line = lineBreaks.Replace(line)
		line = dropEscapes(line)
		line = strings.Map(dropControl, line)
		line = norm.NFC.String(line)
		if line == before {
			break
		}
	}
	return line
}

// lineBreaks makes every kind of line break a newline.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n",
	"\u2028", "\n", "\u2029", "\n", "\u0085", "\n")

// ligatures takes apart the letters that hold several letters.
var ligatures = map[rune]string{
	'Ĳ': "IJ", 'ĳ': "ij", 'ŉ': "ʼn",
	'Ǳ': "DZ", 'ǲ': "Dz", 'ǳ': "dz", 'Ǆ': "DŽ", 'ǅ': "Dž", 'ǆ': "dž",
	'Ǉ': "LJ", 'ǈ': "Lj", 'ǉ': "lj", 'Ǌ': "NJ", 'ǋ': "Nj", 'ǌ': "nj",
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "ſt", 'ﬆ': "st",
}

// replaceRunes changes single characters: C1 controls to what Windows means by them,
// ligatures to their letters, full and half width to the usual width, curly quotes to
// straight ones.
func replaceRunes(text string) string {
	var out strings.Builder
	for _, r := range text {
		if '\u0080' <= r && r <= '\u009F' {
			r = windows1252(r)
		}
		if s, ok := ligatures[r]; ok {
			for _, r := range s {
				out.WriteRune(straight(r))
			}
			continue
		}
		if r == '\u3000' || '\uFF01' <= r && r <= '\uFFEF' {
			out.WriteString(norm.NFKC.String(string(r)))
			continue
		}
		out.WriteRune(straight(r))
	}
	return out.String()
}

// windows1252 gives the character that Windows has at the place of a C1 control, or the
// control itself at the five places that Windows leaves free.
func windows1252(r rune) rune {
	if w := charmap.Windows1252.DecodeByte(byte(r)); w != '\uFFFD' {
		return w
	}
	return r
}

// straight gives the typewriter form of a quotation mark.
func straight(r rune) rune {
	switch r {
	case '\u02BC', '\u2018', '\u2019', '\u201A', '\u201B':
		return '\''
	case '\u201C', '\u201D', '\u201E', '\u201F':
		return '"'
	}
	return r
}

// dropEscapes removes terminal colour sequences: ESC [ digits and semicolons, one letter.
func dropEscapes(text string) string {
	const start = "\x1b["
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, start)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		rest := strings.TrimLeftFunc(after, func(r rune) bool {
			return unicode.IsDigit(r) || r == ';'
		})
		if rest != "" && isASCIILetter(rest[0]) {
			text = rest[1:]
			continue
		}
		out.WriteString(start)
		text = after
	}
}

// isASCIILetter tells whether c is one of A to Z and a to z.
func isASCIILetter(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z'
}

// dropControl maps characters unfit for text to −1: ASCII controls but blanks, deprecated
// Arabic controls, byte order marks, annotation and object marks.
func dropControl(r rune) rune {
	switch {
	case r < 0x09, r == 0x0B, 0x0E <= r && r < 0x20, r == 0x7F,
		0x206A <= r && r <= 0x206F, r == 0xFEFF, 0xFFF9 <= r && r <= 0xFFFC:
		return -1
	}
	return r
}

// collapseSpace puts one blank between words and none around the text.
func collapseSpace(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
