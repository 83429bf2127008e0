package session

import (
	"bytes"
	"go/ast"
	"go/scanner"
	"go/token"
)

// docAbove is the comment on the lines directly above the line of an offset, else the one that
// ends that line.
func docAbove(text []byte, offset int) string {
	file := token.NewFileSet().AddFile("", -1, len(text))
	var scan scanner.Scanner
	scan.Init(file, text, func(token.Position, string) {}, scanner.ScanComments)
	line := 1 + bytes.Count(text[:offset], []byte("\n"))
	var above, behind ast.CommentGroup
	next := 0    // the line that would continue the comment above
	written := 0 // the line of the last token that is no comment
	for {
		pos, tok, lit := scan.Scan()
		at := file.Line(pos)
		if tok == token.EOF || at > line {
			break
		}
		if tok != token.COMMENT {
			written = at
			continue
		}
		c := &ast.Comment{Slash: pos, Text: lit}
		switch {
		case at == line && written == line:
			behind.List = append(behind.List, c)
		case at == written || at == line: // belongs to the code before, or stands within
		default:
			if at != next {
				above.List = nil
			}
			above.List = append(above.List, c)
			next = at + 1 + bytes.Count([]byte(lit), []byte("\n"))
		}
	}
	if next == line && len(above.List) > 0 {
		return above.Text()
	}
	if len(behind.List) > 0 {
		return behind.Text()
	}
	return ""
}

// lineAt is the line of an offset.
func lineAt(text []byte, offset int) string {
	from := bytes.LastIndexByte(text[:offset], '\n') + 1
	to := len(text)
	if i := bytes.IndexByte(text[offset:], '\n'); i >= 0 {
		to = offset + i
	}
	return string(text[from:to])
}
