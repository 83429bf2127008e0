package display

import (
	"html"
	"regexp"
	"strings"
	"sync"
)

// SVG is a drawing. It travels as HTML, because some converters empty image/svg+xml.
type SVG string

// MIMEBundle gives the drawing, and its title as text.
func (s SVG) MIMEBundle() map[string]any {
	title := svgTitle(string(s))
	return map[string]any{MimeSVG: string(s), MimeHTML: inlineSVG(string(s), title),
		MimeText: title}
}

// The expressions are compiled when the first drawing is shown.
var (
	svgOpen = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)<svg\b([^>]*)>`)
	})
	titleText = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)<(?:title|desc)\b[^>]*>(.*?)</(?:title|desc)>`)
	})
)

// svgTitle is what a drawing says that it is.
func svgTitle(s string) string {
	if m := titleText().FindStringSubmatch(s); m != nil {
		if t := strings.TrimSpace(html.UnescapeString(m[1])); t != "" {
			return clip(t)
		}
	}
	return "drawing"
}

// inlineSVG is a drawing as part of a page: without the prologue of a file, no wider than the
// page, and with words for those who cannot see it.
func inlineSVG(s, title string) string {
	at := svgOpen().FindStringSubmatchIndex(s)
	if at == nil {
		return s
	}
	attributes := s[at[2]:at[3]]
	if !strings.Contains(attributes, "role=") {
		attributes += ` role="img"`
	}
	if !strings.Contains(attributes, "style=") {
		attributes += ` style="max-width:100%;height:auto"`
	}
	rest := s[at[1]:]
	if !strings.Contains(rest, "<title") {
		rest = "<title>" + html.EscapeString(title) + "</title>" + rest
	}
	return "<svg" + attributes + ">" + rest
}
