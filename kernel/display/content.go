package display

import (
	"html"
	"strings"
)

// HTML is a value that shows itself as HTML: display.HTML("<b>bold</b>").
type HTML string

// MIMEBundle gives the HTML, and its text without tags.
func (s HTML) MIMEBundle() map[string]any {
	return map[string]any{MimeHTML: string(s), MimeText: stripTags(string(s))}
}

// Markdown is a value that shows itself as Markdown.
type Markdown string

// MIMEBundle gives the Markdown, also as text.
func (s Markdown) MIMEBundle() map[string]any {
	return map[string]any{MimeMarkdown: string(s), MimeText: string(s)}
}

// PNG is an encoded picture.
type PNG []byte

// MIMEBundle gives the picture.
func (b PNG) MIMEBundle() map[string]any {
	return map[string]any{MimePNG: []byte(b), MimeText: plural(len(b), "byte") + " of PNG"}
}

// JPEG is an encoded photograph.
type JPEG []byte

// MIMEBundle gives the photograph.
func (b JPEG) MIMEBundle() map[string]any {
	return map[string]any{MimeJPEG: []byte(b), MimeText: plural(len(b), "byte") + " of JPEG"}
}

// GIF is an encoded picture that may move.
type GIF []byte

// MIMEBundle gives the picture.
func (b GIF) MIMEBundle() map[string]any {
	return map[string]any{MimeGIF: []byte(b), MimeText: plural(len(b), "byte") + " of GIF"}
}

// stripTags is the readable text of a small piece of HTML.
func stripTags(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			break
		}
		tag := strings.ToLower(s[i : i+j])
		s = s[i+j+1:]
		for _, hidden := range []string{"<style", "<script"} {
			if strings.HasPrefix(tag, hidden) {
				if k := strings.Index(strings.ToLower(s), "</"+hidden[1:]); k >= 0 {
					s = s[k:]
				}
			}
		}
		b.WriteByte(' ')
	}
	text := strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
	if text == "" {
		return "HTML"
	}
	return clip(text)
}
