package ipynb

import "strings"

// The kinds of cells.
const (
	Code     = "code"
	Markdown = "markdown"
	Raw      = "raw"
)

// The kinds of outputs.
const (
	Stream        = "stream"
	DisplayData   = "display_data"
	ExecuteResult = "execute_result"
	Error         = "error"
)

// Notebook is one notebook. Rest, here and below, holds the fields that the format does not
// know, as encoding/json decodes them with numbers as json.Number.
type Notebook struct {
	Major, Minor int // the version of the format, 4 and 0 to 5
	Metadata     map[string]any
	Cells        []*Cell
	Rest         map[string]any
}

// Cell is one cell.
type Cell struct {
	Type           string // Code, Markdown or Raw
	ID             string // empty in notebooks older than 4.5
	Source         string
	Metadata       map[string]any
	Attachments    map[string]any // file name to MIME bundle; nil if the cell has none
	ExecutionCount int            // 0 if the cell was not executed
	Outputs        []*Output
	Rest           map[string]any
}

// Output is one output of a code cell; which fields count depends on Type.
type Output struct {
	Type           string
	Name           string         // Stream: "stdout" or "stderr"
	Text           string         // Stream
	Data           map[string]any // mime type to content: string, []byte, or decoded JSON
	Metadata       map[string]any // of DisplayData and ExecuteResult
	ExecutionCount int            // ExecuteResult
	EName, EValue  string         // Error
	Traceback      []string       // Error; may carry ANSI colours
	Rest           map[string]any
}

// HasTag says whether the cell carries a tag.
func (c *Cell) HasTag(tag string) bool {
	tags, _ := c.Metadata["tags"].([]any)
	for _, t := range tags {
		if t == tag {
			return true
		}
	}
	return false
}

// FirstLine is the first line of the source that is not blank.
func (c *Cell) FirstLine() string {
	for line := range strings.Lines(c.Source) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// Language is the language of the notebook in lower case, from its kernelspec or its
// language_info, or empty if the notebook does not say.
func (nb *Notebook) Language() string {
	kernelspec, _ := nb.Metadata["kernelspec"].(map[string]any)
	info, _ := nb.Metadata["language_info"].(map[string]any)
	for _, v := range []any{kernelspec["language"], info["name"], kernelspec["name"]} {
		if s, ok := v.(string); ok && s != "" {
			return strings.ToLower(s)
		}
	}
	return ""
}

// Title is the text of the first level-one heading, or empty.
func (nb *Notebook) Title() string {
	for _, c := range nb.Cells {
		if c.Type != Markdown {
			continue
		}
		fenced := false
		for line := range strings.Lines(c.Source) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			if title, ok := strings.CutPrefix(line, "# "); ok && !fenced {
				return strings.TrimSpace(title)
			}
		}
	}
	return ""
}
