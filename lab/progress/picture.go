package progress

import (
	"encoding/base64"
	"fmt"
	"html"
	"sync"
)

// picture is a value under a bar, turned into HTML once, when it is first shown.
type picture struct{ once func() string }

// markup is nothing where there is no picture.
func (p *picture) markup() string {
	if p == nil {
		return ""
	}
	return p.once()
}

func newPicture(value any) *picture {
	if value == nil {
		return nil
	}
	return &picture{sync.OnceValue(func() string { return markupOf(value) })}
}

// markupOf is the value's own HTML or PNG; nothing of values that have neither.
func markupOf(value any) string {
	shown, ok := value.(interface{ MIMEBundle() map[string]any })
	if !ok {
		return ""
	}
	bundle := shown.MIMEBundle()
	if own, ok := bundle["text/html"].(string); ok {
		return "<div>" + own + "</div>"
	}
	png, ok := bundle["image/png"].([]byte)
	if !ok {
		return ""
	}
	width := ""
	if m, ok := value.(interface{ MIMEMetadata() map[string]any }); ok {
		if of, ok := m.MIMEMetadata()["image/png"].(map[string]any); ok {
			width = fmt.Sprintf(` width="%v"`, of["width"])
		}
	}
	says, _ := bundle["text/plain"].(string)
	return fmt.Sprintf(`<div><img alt="%s" src="data:image/png;base64,%s"%s></div>`,
		html.EscapeString(says), base64.StdEncoding.EncodeToString(png), width)
}
