package magic

import (
	"bytes"
	"go/scanner"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a stretch of a cell: Go, or one special line.
type piece struct {
	from, to int
	special  *special // nil for Go
}

// special is a line that is not Go.
type special struct {
	sign  string // "%", "%%", "!", "?" or "??"; "$" and ":" are told apart by cells of gophernotes
	name  string // after % and %%; the name asked about after ? and ??
	args  string // the rest of the line, a command after ! and $
	at    int    // where args begin in the cell
	body  string // the lines below, of a %% cell
	line  int    // 1-based
	first bool   // nothing but comments stands before it
}

// split takes a cell apart. A special line stands where a statement may begin: not in a
// bracket, raw string or comment, and not after an operator; there it is Go. A line that starts
// with %% makes a special cell, if nothing but comments stands before it.
func split(cell string) []piece {
	src := []byte(cell)
	if !mayBeSpecial(src) {
		return []piece{{0, len(src), nil}}
	}
	var list []piece
	goFrom, at := 0, 0
	for at < len(src) {
		start, ok := nextStatement(src, at)
		if ok && start < len(src) {
			if s, end := specialAt(src, start, len(list) == 0 && blank(src[goFrom:start])); s != nil {
				list = appendGo(list, src, goFrom, start)
				list = append(list, piece{start, end, s})
				at, goFrom = end, end
				continue
			}
		}
		at = statementEnd(src, start)
	}
	return appendGo(list, src, goFrom, len(src))
}

// mayBeSpecial is a cheap test that most cells fail.
func mayBeSpecial(src []byte) bool {
	start := true
	for i, c := range src {
		switch {
		case c == '\n':
			start = true
		case c == '?' && (i+1 == len(src) || bytes.IndexByte([]byte(" \t\r\n?"), src[i+1]) >= 0):
			return true
		case start && (c == '%' || c == '!' || c == '$' || c == '?' || c == ':'):
			return true
		case c != ' ' && c != '\t' && c != '\r' && c < utf8.RuneSelf:
			start = false
		}
	}
	return false
}

// appendGo adds a stretch of Go, unless it says nothing and something else is there.
func appendGo(list []piece, src []byte, from, to int) []piece {
	if from == to || blank(src[from:to]) && !(from == 0 && to == len(src)) {
		return list
	}
	return append(list, piece{from, to, nil})
}

// blank tells whether a text is only space and comments.
func blank(text []byte) bool {
	at, _ := nextStatement(text, 0)
	return at == len(text)
}

const byteOrderMark = "\ufeff"

// nextStatement skips space and comments from the end of a statement. ok tells whether only
// space stands before it on its line.
func nextStatement(src []byte, at int) (start int, ok bool) {
	ok = at == 0 || src[at-1] == '\n'
	for at < len(src) {
		rest := src[at:]
		switch {
		case rest[0] == '\n':
			ok = true
			at++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\f':
			at++
		case at == 0 && bytes.HasPrefix(rest, []byte(byteOrderMark)):
			at += len(byteOrderMark)
		case bytes.HasPrefix(rest, []byte("//")):
			n := bytes.IndexByte(rest, '\n')
			if n < 0 {
				return len(src), false
			}
			at += n
		case bytes.HasPrefix(rest, []byte("/*")):
			n := bytes.Index(rest[2:], []byte("*/"))
			if n < 0 {
				return len(src), false
			}
			at += n + 4
			ok = false
		default:
			return at, ok
		}
	}
	return at, ok
}

// statementEnd is behind the semicolon, typed or not, that ends the statement at start.
func statementEnd(src []byte, start int) int {
	rest := src[start:]
	file := token.NewFileSet().AddFile("", -1, len(rest))
	var s scanner.Scanner
	s.Init(file, rest, func(token.Position, string) {}, 0)
	for depth := 0; ; {
		pos, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return len(src)
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(depth-1, 0)
		case token.SEMICOLON:
			if depth > 0 {
				continue
			}
			end := start + file.Offset(pos)
			if lit == ";" {
				return end + 1
			}
			return max(end, start+1) // the line end, or a comment that holds one
		}
	}
}

// specialAt reads the special line at start, which is the first of its line; nil if it is Go.
// end is behind its line end; for a special cell, the end of the cell.
func specialAt(src []byte, start int, first bool) (s *special, end int) {
	line, end := logicalLine(src, start)
	s = &special{line: 1 + bytes.Count(src[:start], []byte("\n")), first: first}
	put := func(sign, rest string) { // rest is an end of line
		s.sign, s.args = sign, strings.TrimRight(rest, " \t")
		trimmed := strings.TrimLeft(s.args, " \t")
		s.at = start + len(line) - len(rest) + len(s.args) - len(trimmed)
		s.at, s.args = min(s.at, len(src)), trimmed // joined lines are longer
	}
	named := func(sign string) {
		rest := line[len(sign):]
		n := strings.IndexFunc(rest, func(r rune) bool { return !nameRune(r) })
		if n < 0 {
			n = len(rest)
		}
		s.name = rest[:n]
		put(sign, rest[n:])
	}
	if name, sign := question(line); sign != "" {
		s.sign, s.name, s.at = sign, name, start
		return s, end
	}
	switch {
	case strings.HasPrefix(line, "%%") && first:
		named("%%")
		if s.name != "" {
			s.body = string(src[min(end, len(src)):])
			return s, len(src)
		}
	case strings.HasPrefix(line, "%%"):
		named("%%")
	case line[0] == '%':
		named("%")
	case line[0] == ':':
		named(":")
	case line[0] == '!' || line[0] == '$':
		put(line[:1], line[1:])
	default:
		return nil, start
	}
	return s, end
}

// logicalLine is the text of the line at start without its end; a backslash before the line
// end goes on with the next line. end is where the line after it begins.
func logicalLine(src []byte, start int) (line string, end int) {
	end = start
	var b strings.Builder
	for {
		n := bytes.IndexByte(src[end:], '\n')
		next := len(src)
		if n >= 0 {
			next = end + n + 1
		}
		text := strings.TrimRight(string(src[end:next]), "\r\n")
		end = next
		body, more := strings.CutSuffix(text, `\`)
		if !more || n < 0 || b.Len() == 0 && (body == "" || strings.IndexByte("%!$:", body[0]) < 0) {
			b.WriteString(text)
			return b.String(), end
		}
		b.WriteString(body + " ")
	}
}

// question reads ?name, name? and name??.
func question(line string) (name, sign string) {
	line = strings.TrimSpace(line)
	for _, sign := range []string{"??", "?"} {
		name, before := strings.CutPrefix(line, sign)
		if !before {
			name, before = strings.CutSuffix(line, sign)
		}
		if before {
			name = strings.TrimSpace(name)
			if name == "" || asks(name) {
				return name, sign
			}
			return "", ""
		}
	}
	return "", ""
}

// asks tells whether help can be asked about a text: a name, also with dots, or a special line.
func asks(name string) bool {
	name = strings.TrimLeft(name, "%")
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return !nameRune(r) }) {
			return false
		}
	}
	return true
}

func nameRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// only returns the cell up to to, with what stands before from blanked, line ends kept: Go that
// keeps its lines and columns.
func only(cell string, from, to int) string {
	out := []byte(cell[:to])
	for i, c := range out[:from] {
		if c != '\n' {
			out[i] = ' '
		}
	}
	return string(out)
}

// goOnly returns the cell with its special lines blanked.
func goOnly(cell string, list []piece) string {
	out := []byte(cell)
	for _, p := range list {
		if p.special == nil {
			continue
		}
		for i := p.from; i < p.to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	return string(out)
}
