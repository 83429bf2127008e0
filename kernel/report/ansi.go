package report

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// ansiHTML is terminal text as HTML: colours and styles become spans, other control
// sequences vanish, everything is escaped.
func ansiHTML(s string) string {
	var b strings.Builder
	var st ansiStyle
	for s != "" {
		i := strings.IndexByte(s, 0x1b)
		if i < 0 {
			i = len(s)
		}
		st.write(&b, s[:i])
		s = s[i:]
		if s == "" {
			break
		}
		params, final, n := control(s)
		if final == 'm' {
			st.apply(params)
		}
		s = s[n:]
	}
	return b.String()
}

// plainText is the text without control sequences.
func plainText(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, 0x1b)
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		_, _, n := control(s[i:])
		s = s[i+n:]
	}
	return b.String()
}

// control reads the sequence at the start of s, which begins with ESC, and its length.
func control(s string) (params string, final byte, n int) {
	if len(s) < 2 {
		return "", 0, 1
	}
	switch s[1] {
	case '[': // CSI: parameters, then one byte in @…~
		for i := 2; i < len(s); i++ {
			if c := s[i]; c >= 0x40 && c <= 0x7e {
				return s[2:i], c, i + 1
			} else if c < 0x20 || c > 0x7e {
				return "", 0, i
			}
		}
		return "", 0, len(s)
	case ']': // OSC: until BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return "", 0, i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return "", 0, i + 2
			}
		}
		return "", 0, len(s)
	}
	return "", 0, 2
}

// ansiStyle is the state of the terminal's pen. Colours are class names or CSS colours.
type ansiStyle struct {
	bold, faint, italic, underline, inverse bool
	fg, bg                                  string
}

func (st *ansiStyle) apply(params string) {
	var codes []int
	for _, p := range strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' }) {
		n, _ := strconv.Atoi(p)
		codes = append(codes, n)
	}
	if len(codes) == 0 {
		codes = []int{0}
	}
	for i := 0; i < len(codes); i++ {
		switch c := codes[i]; {
		case c == 0:
			*st = ansiStyle{}
		case c == 1:
			st.bold = true
		case c == 2:
			st.faint = true
		case c == 3:
			st.italic = true
		case c == 4:
			st.underline = true
		case c == 7:
			st.inverse = true
		case c == 22:
			st.bold, st.faint = false, false
		case c == 23:
			st.italic = false
		case c == 24:
			st.underline = false
		case c == 27:
			st.inverse = false
		case c >= 30 && c <= 37:
			st.fg = fmt.Sprint(c - 30)
		case c >= 90 && c <= 97:
			st.fg = fmt.Sprint(c - 90 + 8)
		case c >= 40 && c <= 47:
			st.bg = fmt.Sprint(c - 40)
		case c >= 100 && c <= 107:
			st.bg = fmt.Sprint(c - 100 + 8)
		case c == 39:
			st.fg = ""
		case c == 49:
			st.bg = ""
		case c == 38 || c == 48:
			colour, used := extended(codes[i+1:])
			i += used
			if c == 38 {
				st.fg = colour
			} else {
				st.bg = colour
			}
		}
	}
}

// extended reads 5;n (256 colours) or 2;r;g;b (true colour).
func extended(codes []int) (colour string, used int) {
	switch {
	case len(codes) >= 2 && codes[0] == 5:
		n := min(max(codes[1], 0), 255)
		switch {
		case n < 16:
			return fmt.Sprint(n), 2
		case n < 232: // a cube of 6×6×6
			level := [6]int{0, 95, 135, 175, 215, 255}
			n -= 16
			return hexColour(level[n/36], level[n/6%6], level[n%6]), 2
		default: // 24 greys
			g := 8 + 10*(n-232)
			return hexColour(g, g, g), 2
		}
	case len(codes) >= 4 && codes[0] == 2:
		return hexColour(codes[1], codes[2], codes[3]), 4
	}
	return "", len(codes)
}

func hexColour(r, g, b int) string { return fmt.Sprintf("#%02x%02x%02x", r&255, g&255, b&255) }

func (st *ansiStyle) write(b *strings.Builder, text string) {
	if text == "" {
		return
	}
	var class, style []string
	add := func(on bool, name string) {
		if on {
			class = append(class, name)
		}
	}
	add(st.bold, "ab")
	add(st.faint, "af")
	add(st.italic, "ai")
	add(st.underline, "au")
	add(st.inverse, "av")
	for _, c := range []struct{ colour, class, property string }{
		{st.fg, "f", "color"}, {st.bg, "b", "background"},
	} {
		switch {
		case strings.HasPrefix(c.colour, "#"):
			style = append(style, c.property+":"+c.colour)
		case c.colour != "":
			class = append(class, c.class+c.colour)
		}
	}
	if class == nil && style == nil {
		b.WriteString(html.EscapeString(text))
		return
	}
	b.WriteString("<span")
	if class != nil {
		fmt.Fprintf(b, ` class="%s"`, strings.Join(class, " "))
	}
	if style != nil {
		fmt.Fprintf(b, ` style="%s"`, strings.Join(style, ";"))
	}
	b.WriteString(">" + html.EscapeString(text) + "</span>")
}
