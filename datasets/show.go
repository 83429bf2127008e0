package datasets

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
	"strings"
)

// shown is how many pairs of a set a notebook shows.
const shown = 12

// String is the caption with where the pair is from: `top hat (twemoji 1f3a9, new artist)`.
func (p Pair) String() string {
	return fmt.Sprintf("%s (%s %s, %s)", p.Caption, p.Artist, p.ID, p.Split)
}

// String is one line for each of the first pairs, and how many more there are.
func (s Set) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d pairs", len(s))
	for _, p := range s[:min(shown, len(s))] {
		b.WriteString("\n  " + p.String())
	}
	if more := len(s) - shown; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

// MIMEBundle shows the pair in a notebook: the picture over its caption.
func (p Pair) MIMEBundle() map[string]any {
	return map[string]any{"text/plain": p.String(), "text/html": p.html()}
}

// MIMEBundle shows the first pairs in a notebook, side by side.
func (s Set) MIMEBundle() map[string]any {
	var b strings.Builder
	b.WriteString(`<div style="display:flex;flex-wrap:wrap;gap:8px">`)
	for _, p := range s[:min(shown, len(s))] {
		b.WriteString(p.html())
	}
	b.WriteString(`</div>`)
	if more := len(s) - shown; more > 0 {
		fmt.Fprintf(&b, "<p>and %d more</p>", more)
	}
	return map[string]any{"text/plain": s.String(), "text/html": b.String()}
}

func (p Pair) html() string {
	var picture string
	if p.Image != nil && !p.Image.Bounds().Empty() {
		var buf bytes.Buffer
		if err := png.Encode(&buf, p.Image); err == nil {
			picture = fmt.Sprintf(`<img alt="%s" height="96" src="data:image/png;base64,%s">`,
				html.EscapeString(p.Caption), base64.StdEncoding.EncodeToString(buf.Bytes()))
		}
	}
	return fmt.Sprintf(`<figure style="margin:0;width:120px;text-align:center">%s`+
		`<figcaption>%s<br><small>%s · %s</small></figcaption></figure>`, picture,
		html.EscapeString(p.Caption), html.EscapeString(p.Artist), html.EscapeString(p.Split))
}
