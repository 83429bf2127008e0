package report

import (
	"fmt"
	"go/scanner"
	"go/token"
	"html"
	"strings"
)

// goHTML highlights Go source by Go's own scanner, which also reads unfinished code; it costs
// no start-up time, as tables of other highlighters do. Each line is a span, and the line
// marked, counted from 1, carries the class "bad".
//
// Classes: k keyword, s string, m number, c comment, f function call or declaration,
// t predeclared type, b predeclared function or constant.
func goHTML(src string, marked int) string {
	src = strings.TrimRight(strings.ReplaceAll(src, "\r", ""), " \t\n")
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)
	w := &lineWriter{marked: marked}
	w.begin()
	at := 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		off := file.Offset(pos)
		if off < at {
			continue
		}
		end := off + len(tok.String())
		if lit != "" {
			end = off + len(lit)
		}
		end = min(end, len(src))
		w.text("", src[at:off])
		w.text(goClass(tok, lit, src[end:]), src[off:end])
		at = end
	}
	w.text("", src[at:])
	w.end()
	return w.b.String()
}

func goClass(tok token.Token, lit, rest string) string {
	switch {
	case tok.IsKeyword():
		return "k"
	case tok == token.STRING || tok == token.CHAR:
		return "s"
	case tok.IsLiteral() && tok != token.IDENT:
		return "m"
	case tok == token.COMMENT:
		return "c"
	case tok != token.IDENT:
		return ""
	case predeclaredTypes[lit]:
		return "t"
	case predeclared[lit]:
		return "b"
	case strings.HasPrefix(rest, "("):
		return "f"
	}
	return ""
}

var predeclaredTypes = words("any bool byte comparable complex64 complex128 error float32 " +
	"float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr")

var predeclared = words("append cap clear close complex copy delete imag len make max min new " +
	"panic print println real recover true false nil iota")

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// lineWriter writes spans of classes within spans of lines.
type lineWriter struct {
	b      strings.Builder
	line   int
	marked int
}

func (w *lineWriter) begin() {
	w.line++
	class := "l"
	if w.line == w.marked {
		class = "l bad"
	}
	fmt.Fprintf(&w.b, `<span class="%s">`, class)
}

func (w *lineWriter) end() { w.b.WriteString("</span>") }

func (w *lineWriter) text(class, s string) {
	for i, part := range strings.Split(s, "\n") {
		if i > 0 {
			w.end()
			w.b.WriteByte('\n')
			w.begin()
		}
		if part == "" {
			continue
		}
		if class == "" {
			w.b.WriteString(html.EscapeString(part))
			continue
		}
		fmt.Fprintf(&w.b, `<span class="%s">%s</span>`, class, html.EscapeString(part))
	}
}

// otherHTML highlights what most languages share, for fenced blocks of a lesson: comments,
// strings, numbers and the keywords of the languages that lessons quote.
func otherHTML(language, src string) string {
	keywords, comment := otherKeywords[language], "#"
	if keywords == nil {
		return html.EscapeString(src)
	}
	w := &lineWriter{}
	w.begin()
	for s := src; s != ""; {
		n, class := otherToken(s, keywords, comment)
		w.text(class, s[:n])
		s = s[n:]
	}
	w.end()
	return w.b.String()
}

var pythonWords = words("and as assert async await break class continue def del elif else except " +
	"finally for from global if import in is lambda None not or pass raise return True " +
	"False try while with yield")

var shellWords = words("if then else elif fi for do done while case esac in function export cd")

var otherKeywords = map[string]map[string]bool{
	"python": pythonWords, "py": pythonWords, "numpy": pythonWords,
	"bash": shellWords, "sh": shellWords, "shell": shellWords, "console": shellWords,
	"yaml": words("true false null"),
	"toml": words("true false"),
}

func otherToken(s string, keywords map[string]bool, comment string) (n int, class string) {
	isWord := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
			c >= 0x80
	}
	switch c := s[0]; {
	case strings.HasPrefix(s, comment):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i, "c"
		}
		return len(s), "c"
	case c == '"' || c == '\'':
		for i := 1; i < len(s) && s[i] != '\n'; i++ {
			if s[i] == '\\' {
				i++
			} else if s[i] == c {
				return i + 1, "s"
			}
		}
		return 1, ""
	case isWord(c):
		for n = 1; n < len(s) && isWord(s[n]); n++ {
		}
		switch {
		case keywords[s[:n]]:
			return n, "k"
		case c >= '0' && c <= '9':
			return n, "m"
		case strings.HasPrefix(s[n:], "("):
			return n, "f"
		}
		return n, ""
	}
	return 1, ""
}
