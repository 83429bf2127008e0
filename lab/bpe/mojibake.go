package bpe

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Text that was written as UTF-8 and read as something else ("sÃ³" for "só") is repaired here,
// as ftfy 6.3.1 does it: encoded back by each encoding that it may have been read by, and read
// as UTF-8. It is tried on text only that holds sequences which are unlikely otherwise.
//
//go:embed mojibake/rules.txt
var mojibakeText string

// mojibake are the tables of mojibake/rules.txt.
type mojibake struct {
	*badness                      // unlikely sequences
	altered, lossy *regexp.Regexp // in bytes: a blank for byte A0; bytes lost
	named          map[string]*regexp.Regexp
}

var mojibakeRules = sync.OnceValue(func() *mojibake {
	m, err := parseMojibake(mojibakeText)
	if err != nil {
		panic(err) // the file is compiled in: a broken build
	}
	return m
})

// parseMojibake reads the tables. \s and \w are Python's.
func parseMojibake(text string) (*mojibake, error) {
	m := &mojibake{named: map[string]*regexp.Regexp{}}
	names := []string{`\s`, `[\s\v\x1c-\x1f\x85\p{Z}]`, `\w`, `[\pL\pN_]`}
	var bad []string
	for line := range strings.Lines(text) {
		kind, body, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var err error
		switch kind {
		case "class":
			name, chars, _ := strings.Cut(body, " ")
			names = append(names, "{"+name+"}", chars)
			m.named[name], err = regexp.Compile("^[" + chars + "]")
		case "bad":
			bad = append(bad, body)
		case "altered":
			m.altered, err = regexp.Compile(body)
		case "lossy":
			m.lossy, err = regexp.Compile(body)
		}
		if err != nil {
			return nil, fmt.Errorf("bpe: mojibake rule %q: %w", line, err)
		}
	}
	var err error
	if m.badness, err = newBadness(bad, strings.NewReplacer(names...)); err != nil {
		return nil, err
	}
	return m, nil
}

// fixEncoding undoes reading by a wrong encoding, as often as it was done.
func (m *mojibake) fixEncoding(text string) string {
	for range maxRepairs {
		before := text
		if text = m.fixOnce(text); text == before {
			break
		}
	}
	return text
}

// fixOnce undoes it once.
func (m *mojibake) fixOnce(text string) string {
	if isASCII(text) || !m.found(text) {
		return text
	}
	for _, e := range singleByte {
		if raw, ok := e.encode(text); ok {
			if fixed, ok := m.decode(raw, e); ok {
				return fixed
			}
		}
	}
	if fixed := m.fixParts(text); fixed != text {
		return fixed
	}
	// What is left of C1 controls was meant as Windows' characters.
	return strings.Map(func(r rune) rune {
		if '\u0080' <= r && r <= '\u009F' {
			return windows1252(r)
		}
		return r
	}, text)
}

// notAGrave is what follows "Ã " where it stands for no à of its own: another blank, or the rest
// of Portuguese words that begin with à.
var notAGrave = []string{" ", "quele", "quela", "quilo", "s "}

// decode reads bytes as UTF-8, after putting back what was lost on the way. Bytes are given as
// the characters of their numbers.
func (m *mojibake) decode(raw string, e singleByteEncoding) (string, bool) {
	if e.name != "macroman" && m.altered.MatchString(raw) {
		raw = m.restoreBlanks(raw)
	}
	if e.sloppy {
		raw = m.lossy.ReplaceAllLiteralString(raw, "ï¿½") // U+FFFD in UTF-8
	}
	var data []byte
	for _, r := range raw {
		data = append(data, byte(r))
	}
	if slices.Contains(data, 0xED) || slices.Contains(data, 0xC0) {
		return decodeVariants(data)
	}
	return string(data), utf8.Valid(data)
}

// restoreBlanks makes blanks byte A0 again where that completes a character.
func (m *mojibake) restoreBlanks(raw string) string {
	const aBlank, aGrave = "Ã ", "Ã\u00a0 "
	var out strings.Builder
	for {
		before, after, found := strings.Cut(raw, aBlank)
		out.WriteString(before)
		if !found {
			break
		}
		isWord := !slices.ContainsFunc(notAGrave, func(s string) bool {
			return strings.HasPrefix(after, s)
		})
		if isWord {
			out.WriteString(aGrave)
		} else {
			out.WriteString(aBlank)
		}
		raw = after
	}
	return m.altered.ReplaceAllStringFunc(out.String(), func(s string) string {
		return strings.ReplaceAll(s, " ", "\u00a0")
	})
}

// fixParts repairs the parts of a text that look like UTF-8 read wrongly, each by itself.
func (m *mojibake) fixParts(text string) string {
	var out strings.Builder
	inGarble := false // the character before belongs to such a part: leave the rest of it
	for i := 0; i < len(text); {
		n := 0
		if !inGarble {
			n = m.garbled(text[i:])
		}
		if n > 0 {
			part := text[i : i+n]
			if n < len(text) && m.found(part) {
				out.WriteString(m.fixEncoding(part))
			} else {
				out.WriteString(part)
			}
		} else {
			_, n = utf8.DecodeRuneInString(text[i:])
			out.WriteString(text[i : i+n])
		}
		_, last := utf8.DecodeLastRuneInString(text[:i+n])
		inGarble = m.is("utf8_continuation_strict", text[i+n-last:])
		i += n
	}
	return out.String()
}

// garbled is the length of the characters at the start of text that stand for bytes of UTF-8:
// a first byte of two, three or four and those that follow it, as often as there are.
func (m *mojibake) garbled(text string) int {
	total := 0
	for {
		n := 0
		for count, first := range []string{"utf8_first_of_2", "utf8_first_of_3", "utf8_first_of_4"} {
			if m.is(first, text[total:]) {
				n = m.sequence(text[total:], count+2)
				break
			}
		}
		if n == 0 {
			return total
		}
		total += n
	}
}

// sequence is the length of count characters of which all but the first may continue one, or 0.
func (m *mojibake) sequence(text string, count int) int {
	_, n := utf8.DecodeRuneInString(text)
	for range count - 1 {
		if !m.is("utf8_continuation", text[n:]) {
			return 0
		}
		_, size := utf8.DecodeRuneInString(text[n:])
		n += size
	}
	return n
}

// is tells whether text starts with a character of a class.
func (m *mojibake) is(class, text string) bool { return m.named[class].MatchString(text) }

// isASCII tells whether all bytes are.
func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// singleByteEncoding is one that text may have been read by. Places without a character stand
// for themselves, as C1 controls do.
type singleByteEncoding struct {
	name   string
	table  *charmap.Charmap
	sloppy bool // byte 1A stands for U+FFFD, which says that something was lost
}

// singleByte are the encodings in the order in which they are tried.
var singleByte = []singleByteEncoding{
	{"latin-1", charmap.ISO8859_1, false},
	{"windows-1252", charmap.Windows1252, true},
	{"windows-1251", charmap.Windows1251, true},
	{"windows-1250", charmap.Windows1250, true},
	{"windows-1253", charmap.Windows1253, true},
	{"windows-1254", charmap.Windows1254, true},
	{"windows-1257", charmap.Windows1257, true},
	{"iso-8859-2", charmap.ISO8859_2, false},
	{"macroman", charmap.Macintosh, false},
	{"cp437", charmap.CodePage437, false},
}

// encode gives the bytes of a text, each as the character of its number.
func (e singleByteEncoding) encode(text string) (string, bool) {
	var out strings.Builder
	for _, r := range text {
		b, ok := e.byte(r)
		if !ok {
			return "", false
		}
		out.WriteRune(rune(b))
	}
	return out.String(), true
}

// byte is the byte of a character.
func (e singleByteEncoding) byte(r rune) (byte, bool) {
	const substitute = 0x1A
	switch {
	case e.sloppy && r == substitute:
		return 0, false
	case e.sloppy && r == utf8.RuneError:
		return substitute, true
	case r < utf8.RuneSelf:
		return byte(r), true
	}
	if b, ok := e.table.EncodeRune(r); ok {
		return b, true
	}
	free := r <= 0xFF && e.table.DecodeByte(byte(r)) == utf8.RuneError
	return byte(r), free
}
