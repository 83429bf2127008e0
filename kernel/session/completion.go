package session

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"strings"
)

// Completion is what may stand at a position: src[Start:End] is replaced by one of the items,
// the most likely first.
type Completion struct {
	Start, End int
	Items      []Item
}

// Item is one completion.
type Item struct {
	Text   string // what is written
	Kind   string // function, type, var, const, module, keyword, method, field, path
	Detail string // its type or signature
}

// Complete returns what may stand at byte offset pos of a cell, whose code need not be
// finished. It may be called while a cell runs.
func (s *Session) Complete(src string, pos int) (result Completion) {
	pos = min(max(pos, 0), len(src))
	result = Completion{Start: pos, End: pos}
	defer func() {
		if recover() != nil { // of go/types, on code that no compiler was meant to see
			result.Items = nil
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.forgetTexts(s.fset.Base())
	q := newQuery(s, src, pos)
	switch {
	case q.inComment:
	case q.inString:
		q.completeString()
	case q.dot >= 0:
		q.completeSelector()
	default:
		q.completeName()
	}
	if len(q.found) > 0 {
		result.Start, result.Items = q.start, q.ranked()
	}
	return result
}

// forgetTexts takes the texts parsed since base out of the file set: nothing refers to them.
func (s *Session) forgetTexts(base int) {
	var files []*token.File
	s.fset.Iterate(func(f *token.File) bool {
		if f.Base() >= base {
			files = append(files, f)
		}
		return true
	})
	for _, f := range files {
		s.fset.RemoveFile(f)
	}
}

// query is one question what may stand somewhere.
type query struct {
	s          *Session
	src        string
	start, pos int    // src[start:pos] is what is written of the name
	prefix     string // the same
	dot        int    // offset of the period before the name, or -1
	inComment  bool
	inString   bool
	inImport   bool // the string is an import path

	cell  *cell           // the cell with a mark for the name, checked
	ident *ast.Ident      // the mark
	path  []ast.Node      // what stands around it, outermost first
	seen  map[string]bool // of found
	found []scored
}

// placeholder stands for the name that is being written: letters that no user writes.
const placeholder = "ǃcomplete"

func newQuery(s *Session, src string, pos int) *query {
	q := &query{s: s, src: src, start: pos, pos: pos, dot: -1, seen: map[string]bool{}}
	q.start = len(strings.TrimRightFunc(src[:pos], ofName))
	q.prefix = src[q.start:pos]
	q.look()
	if q.inString || q.inComment {
		return q
	}
	if before := strings.TrimRight(src[:q.start], " \t"); strings.HasSuffix(before, ".") &&
		!strings.HasSuffix(before, "..") {
		q.dot = len(before) - 1
	}
	return q
}

// look finds out whether the position is in a string or a comment.
func (q *query) look() {
	list, open := scanTo(q.src, q.pos)
	switch {
	case open.tok == token.COMMENT:
		q.inComment = true
	case open.tok == token.STRING:
		q.inString, q.start = true, open.offset+1
		q.prefix = q.src[q.start:q.pos]
		q.inImport = importing(list)
	case open.tok == token.CHAR:
		q.inComment = true // nothing to complete either
	}
}

// scanTo returns the tokens before pos, and the string, rune or comment that is open there.
func scanTo(src string, pos int) (list []lexeme, open lexeme) {
	text := []byte(src[:pos])
	file := token.NewFileSet().AddFile("", -1, len(text))
	var scan scanner.Scanner
	scan.Init(file, text, func(token.Position, string) {}, scanner.ScanComments)
	for {
		at, tok, lit := scan.Scan()
		if tok == token.EOF {
			break
		}
		list = append(list, lexeme{tok, file.Offset(at), lit})
	}
	if n := len(list); n > 0 && list[n-1].tok == token.SEMICOLON && list[n-1].lit != ";" {
		list = list[:n-1] // of the end
	}
	if n := len(list); n > 0 {
		last := list[n-1]
		if last.offset+len(last.lit) >= pos && !closed(last) {
			return list[:n-1], last
		}
	}
	return list, lexeme{}
}

// closed tells whether a string, rune or comment ends in itself.
func closed(l lexeme) bool {
	switch l.tok {
	case token.STRING, token.CHAR:
		n := len(l.lit)
		if n < 2 || l.lit[n-1] != l.lit[0] {
			return false
		}
		backslashes := 0
		for l.lit[0] != '`' && n-2-backslashes > 0 && l.lit[n-2-backslashes] == '\\' {
			backslashes++
		}
		return backslashes%2 == 0
	case token.COMMENT:
		return strings.HasPrefix(l.lit, "/*") && strings.HasSuffix(l.lit, "*/") && len(l.lit) > 3
	}
	return true
}

// check compiles the cell with the placeholder in the place of the name, up to types.
func (q *query) check() bool {
	for _, text := range q.repaired() {
		if q.cell = q.s.checked(text, nil); q.cell != nil && q.find() {
			return true
		}
	}
	return false
}

// repaired lists texts in which the name is the placeholder and that may parse: the whole
// cell, then the cell up to the name with brackets closed.
func (q *query) repaired() []string {
	head := q.src[:q.start] + placeholder
	texts := []string{head + q.src[q.pos:]}
	if i := strings.IndexByte(q.src[q.pos:], '\n'); i >= 0 { // the rest of the line may be at fault
		texts = append(texts, head+q.src[q.pos+i:])
	}
	texts = append(texts, finished(head)...)
	// What stands before may be broken: the line alone.
	if i := strings.LastIndexByte(head, '\n'); i >= 0 {
		texts = append(texts, finished(head[i:])...)
	}
	return texts
}

// endings make a whole statement of its beginning: what may have to follow before brackets are
// closed.
var endings = []string{"", " {}", "()", ":", ": nil", "; {}"}

// finished lists ways to finish a text that ends anywhere.
func finished(head string) []string {
	var tight, loose strings.Builder
	open := split([]byte(head)).open
	for i := len(open) - 1; i >= 0; i-- {
		switch open[i].tok {
		case token.LPAREN:
			tight.WriteString(")")
			loose.WriteString(")")
		case token.LBRACK:
			tight.WriteString("]")
			loose.WriteString("]")
		default:
			tight.WriteString("}")
			loose.WriteString("\n}")
		}
	}
	var texts []string
	for _, ending := range endings {
		texts = append(texts, head+ending+loose.String())
		if len(open) > 0 {
			texts = append(texts, head+ending+tight.String(), head+loose.String()+ending)
		}
	}
	return texts
}

// find looks for the placeholder in the checked cell.
func (q *query) find() bool {
	var stack []ast.Node
	q.ident = nil
	ast.Inspect(q.cell.pass.file, func(n ast.Node) bool {
		if n == nil {
			stack = stack[:len(stack)-1]
			return true
		}
		stack = append(stack, n)
		if id, ok := n.(*ast.Ident); ok && id.Name == placeholder && q.ident == nil {
			q.ident = id
			q.path = append([]ast.Node(nil), stack...)
		}
		return true
	})
	return q.ident != nil
}
