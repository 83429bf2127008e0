package session

import (
	"fmt"
	"go/token"
	"strings"
	"unicode/utf8"
)

// ANSI colours.
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

func paint(colour, s string) string { return colour + s + plain }

// place writes a position as In[n]:line:column.
func place(p token.Position) string {
	if p.Line == 0 {
		return p.Filename
	}
	return fmt.Sprintf("%s:%d:%d", p.Filename, p.Line, p.Column)
}

// widest is how much of a source line is shown.
const widest = 160

// excerpt shows a source line and a caret under the column.
func excerpt(line string, pos token.Position) []string {
	if line == "" && pos.Column <= 1 {
		return nil
	}
	column := min(max(pos.Column-1, 0), len(line))
	head, rest := line[:column], line[column:]
	if utf8.RuneCountInString(head) > widest/2 {
		runes := []rune(head)
		head = "…" + string(runes[len(runes)-widest/2:])
	}
	if runes := []rune(rest); len(runes) > widest {
		rest = string(runes[:widest]) + "…"
	}
	label := fmt.Sprintf("%5d | ", pos.Line)
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, head)
	return []string{
		paint(faint, label) + head + rest,
		strings.Repeat(" ", len(label)) + pad + paint(red, "^"),
	}
}
