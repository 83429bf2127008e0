package display

import (
	"encoding/base64"
	"fmt"
	"html"
)

// Still is the best HTML of a bundle that shows the value without scripts, for stacking
// several values in one output.
func Still(data, metadata map[string]any) string {
	if h, ok := data[MimeHTML].(string); ok {
		return h
	}
	text, _ := data[MimeText].(string)
	for _, mime := range []string{MimePNG, MimeJPEG, MimeGIF} {
		encoded, ok := data[mime].(string)
		if b, raw := data[mime].([]byte); raw {
			encoded, ok = base64.StdEncoding.EncodeToString(b), true
		}
		if !ok {
			continue
		}
		width := ""
		if m, ok := metadata[mime].(map[string]any); ok && m["width"] != nil {
			width = fmt.Sprintf(` width="%s"`, html.EscapeString(fmt.Sprint(m["width"])))
		}
		return fmt.Sprintf(`<img src="data:%s;base64,%s" alt="%s"%s>`, mime,
			html.EscapeString(encoded), html.EscapeString(text), width)
	}
	if s, ok := data[MimeSVG].(string); ok {
		return s
	}
	return "<pre>" + html.EscapeString(text) + "</pre>"
}
