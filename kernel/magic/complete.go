package magic

import (
	"strings"

	"cliplab/kernel/display"
)

// Completion is what may stand at a position: src[Start:End] is replaced by one of the items.
// It becomes session.Completion once that exists.
type Completion struct {
	Start, End int
	Items      []Item
}

// Item is one completion.
type Item struct{ Text, Kind, Detail string }

// Info is the help on what stands at a position.
type Info struct{ Text, Markdown, HTML string }

// Complete returns what may stand at byte offset pos of a cell.
func (i *Interpreter) Complete(src string, pos int) Completion {
	return Completion{Start: pos, End: pos}
}

// Inspect returns help on what stands at byte offset pos of a cell.
func (i *Interpreter) Inspect(src string, pos, detail int) (Info, bool) {
	for _, n := range i.Session().Names() {
		if strings.TrimSpace(src) == n.Name {
			return Info{Text: n.Kind + " " + n.Name + " " + n.Type}, true
		}
	}
	return Info{}, false
}

// data is the help by mime type.
func (in Info) data() map[string]any {
	data := map[string]any{display.MimeText: in.Text}
	if in.Markdown != "" {
		data[display.MimeMarkdown] = in.Markdown
	}
	if in.HTML != "" {
		data[display.MimeHTML] = in.HTML
	}
	return data
}

// IsComplete tells whether src can be executed: "complete", "incomplete" if more lines must
// follow, which start with indent, or "invalid".
func (i *Interpreter) IsComplete(src string) (status, indent string) {
	return i.Session().IsComplete(src)
}
