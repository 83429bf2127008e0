package display

import "html"

// Note is a quiet line beside the outputs of a cell: something that was done for the user.
type Note string

// MIMEBundle gives the line in small grey letters, and as text.
func (n Note) MIMEBundle() map[string]any {
	return map[string]any{
		MimeText: string(n),
		MimeHTML: `<small style="opacity:.65">` + html.EscapeString(string(n)) + `</small>`,
	}
}
