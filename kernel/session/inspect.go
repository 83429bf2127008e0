package session

import (
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Info is the help on what stands at a position, in three forms.
type Info struct{ Text, Markdown, HTML string }

// Inspect returns help on the name or selector at byte offset pos of a cell, whose code need not
// be finished; where no name is, on the function whose call is open. With detail 1 there is also
// the source of what cells declare, and the whole list of what packages and types have. It may
// be called while a cell runs.
func (s *Session) Inspect(src string, pos, detail int) (info Info, ok bool) {
	defer func() {
		if recover() != nil { // of go/types, on code that no compiler was meant to see
			info, ok = Info{}, false
		}
	}()
	pos = min(max(pos, 0), len(src))
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.forgetTexts(s.fset.Base())
	if path, in := importAt(src, pos); in {
		pkg, err := s.engine.Import(path)
		if err != nil {
			return Info{}, false
		}
		return s.explain(subject{pkg: pkg}, detail).info(), true
	}
	for _, end := range namesAt(src, pos) {
		if sub, ok := s.resolve(src, end); ok {
			return s.explain(sub, detail).info(), true
		}
	}
	return Info{}, false
}

// subject is what help is wanted on.
type subject struct {
	word string         // a keyword or a name of the language
	pkg  *types.Package // a package
	obj  types.Object   // anything else
	cell *cell          // the cell asked about, if it was checked
}

// resolve finds out what the name that ends at an offset means.
func (s *Session) resolve(src string, end int) (subject, bool) {
	q := newQuery(s, src, end)
	if token.IsKeyword(q.prefix) {
		return subject{word: q.prefix}, true
	}
	if obj := q.meant(); obj != nil {
		return named(obj, q.cell), true
	}
	sub := s.chain(src, end)
	return sub, sub.pkg != nil || sub.obj != nil || sub.word != ""
}

// named is an object as a subject.
func named(obj types.Object, c *cell) subject {
	if p, ok := obj.(*types.PkgName); ok {
		return subject{pkg: p.Imported()}
	}
	if obj.Pkg() == nil && types.Universe.Lookup(obj.Name()) == obj {
		return subject{word: obj.Name()}
	}
	return subject{obj: obj, cell: c}
}

// importAt returns the path of the import whose string pos is in.
func importAt(src string, pos int) (string, bool) {
	list, open := scanTo(src, pos)
	if open.tok != token.STRING || !importing(list) {
		return "", false
	}
	rest := src[pos:]
	if i := strings.IndexAny(rest, "\"`\n"); i >= 0 {
		rest = rest[:i]
	}
	return src[open.offset+1:pos] + rest, true
}

// importing tells whether an import path follows.
func importing(list []lexeme) bool {
	lines := 0
	for i := len(list) - 1; i >= 0; i-- {
		switch list[i].tok {
		case token.IMPORT:
			return lines == 0
		case token.LPAREN:
			return i > 0 && list[i-1].tok == token.IMPORT
		case token.SEMICOLON:
			lines++
		case token.IDENT, token.PERIOD, token.STRING:
		default:
			return false
		}
	}
	return false
}

// namesAt lists the ends of the names that a question at pos can mean, the likely first: the
// name that pos touches, those of the calls that are open, the one just before.
func namesAt(src string, pos int) []int {
	list, open := scanTo(src, pos)
	if open.tok == token.COMMENT {
		return nil
	}
	var ends []int
	if open.tok == token.ILLEGAL {
		if end, ok := touched(src, pos); ok {
			ends = append(ends, end)
		}
	}
	ends = append(ends, calls(list)...)
	if open.tok == token.ILLEGAL {
		before := strings.TrimRight(src[:pos], " \t().,")
		if end, ok := touched(before, len(before)); ok {
			ends = append(ends, end)
		}
	}
	return ends
}

// touched is the end of the name at pos; behind a period without a name, of the one before it.
func touched(src string, pos int) (int, bool) {
	end := pos
	for end < len(src) {
		r, n := utf8.DecodeRuneInString(src[end:])
		if !ofName(r) {
			break
		}
		end += n
	}
	start := len(strings.TrimRightFunc(src[:end], ofName))
	if start == end {
		if start > 0 && src[start-1] == '.' {
			return touched(src[:start-1], start-1)
		}
		return 0, false
	}
	r, _ := utf8.DecodeRuneInString(src[start:])
	return end, !unicode.IsDigit(r)
}

func ofName(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// calls lists the ends of the names whose parentheses are open, the innermost first, up to the
// braces that the position is in.
func calls(list []lexeme) []int {
	var ends []int
	depth := 0
	for i := len(list) - 1; i > 0; i-- {
		switch tok := list[i].tok; {
		case nesting(tok) < 0:
			depth++
		case nesting(tok) > 0 && depth > 0:
			depth--
		case tok == token.LBRACE:
			return ends
		case tok == token.LPAREN:
			if end, ok := calledBefore(list[:i]); ok {
				ends = append(ends, end)
			}
		}
	}
	return ends
}

// calledBefore is the end of the name that list ends in, type arguments left out.
func calledBefore(list []lexeme) (int, bool) {
	i := len(list) - 1
	if list[i].tok == token.RBRACK {
		for depth := 0; i > 0; i-- {
			if depth += nesting(list[i].tok); depth == 0 {
				i--
				break
			}
		}
	}
	l := list[i]
	return l.offset + len(l.lit), l.tok == token.IDENT
}

// chain resolves a.b.c by the names of the session and the packages alone, for code that does
// not parse.
func (s *Session) chain(src string, end int) subject {
	list, _ := scanTo(src, end)
	i := len(list) - 1
	for i > 1 && list[i].tok == token.IDENT && list[i-1].tok == token.PERIOD {
		i -= 2
	}
	if i < 0 || list[i].tok != token.IDENT {
		return subject{}
	}
	var parts []string
	for ; i < len(list); i += 2 {
		parts = append(parts, list[i].lit)
	}
	sub := s.first(parts)
	for _, name := range parts[1:] {
		obj := member(sub, name)
		if obj == nil {
			return subject{}
		}
		sub = subject{obj: obj}
	}
	return sub
}

// first is what the first name of a chain means.
func (s *Session) first(parts []string) subject {
	name := parts[0]
	if b := s.names[name]; b != nil {
		if b.pkg != nil {
			return subject{pkg: b.pkg}
		}
		return subject{obj: b.obj}
	}
	for _, pkg := range s.dots {
		if obj := pkg.Scope().Lookup(name); obj != nil && obj.Exported() {
			return subject{obj: obj}
		}
	}
	if types.Universe.Lookup(name) != nil {
		return subject{word: name}
	}
	if len(parts) > 1 {
		return subject{pkg: s.packageWith(name, parts[1:2])}
	}
	for _, path := range s.pathsNamed(name) { // imported by itself when the cell runs
		if pkg, err := s.engine.Import(path); err == nil && pkg.Name() == name {
			return subject{pkg: pkg}
		}
	}
	return subject{}
}

// member is what a name means behind a subject and a period.
func member(sub subject, name string) types.Object {
	switch {
	case sub.pkg != nil:
		if obj := sub.pkg.Scope().Lookup(name); obj != nil && obj.Exported() {
			return obj
		}
	case sub.obj != nil:
		cells := types.NewPackage("main", "main")
		obj, _, _ := types.LookupFieldOrMethod(sub.obj.Type(), true, cells, name)
		return obj
	}
	return nil
}

// at finds the text of the cell that a position is in, and the offset there.
func (s *Session) at(c *cell, pos token.Pos) (text []byte, offset int, ok bool) {
	p := s.fset.Position(pos)
	inner, found := strings.CutPrefix(p.Filename, "In[")
	n, err := strconv.Atoi(strings.TrimSuffix(inner, "]"))
	switch {
	case !pos.IsValid() || !found || err != nil:
		return nil, 0, false
	case c != nil && n == c.src.n:
		return c.src.text, c.offset(pos), true
	case s.sources[n] == nil:
		return nil, 0, false
	}
	quoted := &cell{s: s, src: s.sources[n]}
	return quoted.src.text, quoted.offset(pos), true
}
