package bpe

import (
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is the number of texts that the HTML view shows.
const maxShown = 50

// chip is one box of the picture of a text.
type chip struct {
	kind  string // "word", "special" or "padding"
	label string // the piece, readable
	below string // its id
	ends  bool   // a gap follows: the piece ends its word
}

// chips lists the boxes of text i; all padding is one box.
func (t *Tokens) chips(i int) []chip {
	var chips []chip
	f := t.frame()
	if f.Start >= 0 {
		chips = append(chips, chip{"special", "start", fmt.Sprint(f.Start), true})
	}
	for _, p := range t.Pieces[i] {
		c := chip{kind: "word", label: p.Label(), below: fmt.Sprint(p.ID), ends: p.EndsWord}
		if p.ID == f.Start || p.ID == f.End {
			c.kind = "special"
		}
		chips = append(chips, c)
	}
	if f.End >= 0 {
		chips = append(chips, chip{"special", "end", fmt.Sprint(f.End), true})
	}
	if n := len(t.IDs[i]) - len(t.Pieces[i]) - f.around(); n > 0 {
		label := fmt.Sprintf("padding × %d", n)
		pad := t.IDs[i][len(t.IDs[i])-1]
		chips = append(chips, chip{kind: "padding", label: label, below: fmt.Sprint(pad)})
	}
	if n := t.Cut[i]; n > 0 {
		label := fmt.Sprintf("%d cut off", n)
		chips = append(chips, chip{kind: "padding", label: label, below: "…"})
	}
	return chips
}

// Label is the piece for human eyes: its text, or its bytes in hexadecimal where it is part of
// a character or shows as nothing.
func (p Piece) Label() string {
	shows := func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.In(r, unicode.Mn, unicode.Zs)
	}
	if utf8.ValidString(p.Text) && strings.IndexFunc(p.Text, shows) >= 0 {
		return p.Text
	}
	return fmt.Sprintf("% x", p.Text)
}

// MIMEBundle shows the batch in a notebook: one line of chips for each text.
func (t *Tokens) MIMEBundle() map[string]any {
	return map[string]any{"text/plain": t.String(), "text/html": t.html()}
}

// Styles are inline, so that they work wherever a notebook or report is opened. The colours
// are light tints of the palette of Okabe and Ito, which colour-blind readers can tell apart;
// ink on them has a contrast of 10 and more.
const (
	boxStyle = "font-family:system-ui,sans-serif;line-height:1.25;color:#1b1b1b"
	rowStyle = "display:flex;flex-wrap:wrap;align-items:flex-start;margin:0 0 .6em"
	chipCSS  = "display:inline-block;text-align:center;padding:.15em .4em;margin:0 %s .3em 0;" +
		"border-radius:.3em;background:%s;color:%s;border:1px %s %s"
	idStyle = "display:block;font:.72em ui-monospace,monospace;opacity:.75"
)

// tints are the backgrounds of words, in turn.
var tints = []string{"#cfe8f7", "#fde3b8", "#c9ecdf", "#f6d9e8", "#fbf6c4", "#f9d6c2"}

// html draws the rows.
func (t *Tokens) html() string {
	var out strings.Builder
	fmt.Fprintf(&out, `<div style="%s">`, boxStyle)
	for i := range min(t.Len(), maxShown) {
		fmt.Fprintf(&out, `<div style="%s" title="%s">`, rowStyle,
			html.EscapeString(abbreviate(t.Texts[i])))
		word := 0
		for _, c := range t.chips(i) {
			out.WriteString(c.html(tints[word%len(tints)]))
			if c.ends {
				word++
			}
		}
		out.WriteString("</div>")
	}
	if n := t.Len() - maxShown; n > 0 {
		fmt.Fprintf(&out, "<div>… and %d more texts</div>", n)
	}
	fmt.Fprintf(&out, `<div style="font-size:.8em;opacity:.75">tokens [%d, %d]: pieces above `+
		`their ids; pieces of one word touch</div></div>`, t.Len(), t.ContextLength())
	return out.String()
}

// html draws one chip; pieces of one word share a tint and touch.
func (c chip) html(tint string) string {
	gap, ink, line, edge := "1px", "#1b1b1b", "solid", "transparent"
	switch c.kind {
	case "special":
		tint, ink = "#30343b", "#ffffff"
	case "padding":
		tint, ink, line, edge = "transparent", "inherit", "dashed", "#8a8f98"
	}
	if c.ends {
		gap = ".35em"
	}
	style := fmt.Sprintf(chipCSS, gap, tint, ink, line, edge)
	return fmt.Sprintf(`<span style="%s">%s<span style="%s">%s</span></span>`,
		style, html.EscapeString(c.label), idStyle, c.below)
}
