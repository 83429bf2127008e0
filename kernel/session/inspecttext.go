package session

import (
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/types"
	"html"
	"slices"
	"strings"
)

// help is what there is to say on a subject.
type help struct {
	code   string   // the declaration
	doc    string   // a doc comment
	lists  []string // methods, or what a package has
	more   int      // left out of the list
	source string
}

// shortList bounds the lists of an answer without detail.
const shortList = 30

// explain collects the help. s.mu is held.
func (s *Session) explain(sub subject, detail int) help {
	var h help
	switch {
	case sub.word != "":
		h.code, h.doc = ofTheLanguage(sub.word)
	case sub.pkg != nil:
		h.code = fmt.Sprintf("package %s // import %q", sub.pkg.Name(), sub.pkg.Path())
		h.doc = s.docs(sub.pkg, "")
		if detail > 0 {
			h.lists = s.exported(sub.pkg)
		}
	default:
		h.code = s.declaration(sub.obj)
		h.doc = s.docOf(sub)
		if t, ok := sub.obj.(*types.TypeName); ok {
			h.lists = s.methods(t.Type())
		}
		if t := typeOfVar(sub.obj); t != nil && h.doc == "" {
			h.doc = s.docOf(subject{obj: t, cell: sub.cell})
			if detail > 0 {
				h.lists = s.methods(t.Type())
			}
		}
		if detail > 0 {
			h.source = s.sourceOf(sub)
		}
	}
	if detail == 0 && len(h.lists) > shortList {
		h.more = len(h.lists) - shortList
		h.lists = h.lists[:shortList]
	}
	return h
}

// typeOfVar is the name of the type of a variable, a parameter or a field, or of what it points
// to; nil for other objects and for types of the language.
func typeOfVar(obj types.Object) *types.TypeName {
	v, ok := obj.(*types.Var)
	if !ok {
		return nil
	}
	t := types.Unalias(v.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if named, ok := t.(*types.Named); ok && named.Obj().Pkg() != nil {
		return named.Obj()
	}
	return nil
}

func (s *Session) docs(pkg *types.Package, symbol string) string {
	if s.opts.Docs == nil || pkg == nil {
		return ""
	}
	return s.opts.Docs(pkg.Path(), symbol)
}

// docOf is the doc comment of an object.
func (s *Session) docOf(sub subject) string {
	if text, offset, ok := s.at(sub.cell, sub.obj.Pos()); ok {
		return docAbove(text, offset)
	}
	symbol := sub.obj.Name()
	if owner := s.ownerOf(sub.obj); owner != "" {
		symbol = owner + "." + symbol
	}
	return s.docs(sub.obj.Pkg(), symbol)
}

// sourceOf is the source of what a cell declares.
func (s *Session) sourceOf(sub subject) string {
	text, offset, ok := s.at(sub.cell, sub.obj.Pos())
	if !ok {
		return ""
	}
	for _, f := range split(text).funcs {
		if f.from <= offset && offset < f.to {
			return strings.TrimSpace(string(text[f.from:f.to]))
		}
	}
	b := s.names[sub.obj.Name()]
	if b != nil && b.decl != nil && b.obj == sub.obj {
		_, from, first := s.at(sub.cell, b.decl.node.Pos())
		_, to, last := s.at(sub.cell, b.decl.node.End())
		if first && last && from < to {
			return withKeyword(b.decl.node, string(text[from:to]))
		}
	}
	return strings.TrimSpace(lineAt(text, offset))
}

// withKeyword is the text of a declaration; a type of a group has none of its own.
func withKeyword(node ast.Decl, text string) string {
	if g, ok := node.(*ast.GenDecl); ok && !strings.HasPrefix(text, g.Tok.String()) {
		return g.Tok.String() + " " + text
	}
	return text
}

// declaration is an object as its declaration would be written, with package-qualified names.
func (s *Session) declaration(obj types.Object) string {
	name := obj.Name()
	if p := obj.Pkg(); p != nil && p.Path() != "main" {
		name = p.Name() + "." + name
	}
	switch o := obj.(type) {
	case *types.Func:
		return s.signature(o, name)
	case *types.TypeName:
		return s.typeDeclaration(o, name)
	case *types.Const:
		return fmt.Sprintf("const %s %s = %s", name, s.typeText(o.Type()), o.Val())
	case *types.Var:
		if o.IsField() {
			if owner := s.ownerOf(o); owner != "" {
				name = strings.TrimSuffix(name, o.Name()) + owner + "." + o.Name()
			}
			return fmt.Sprintf("field %s %s", name, s.typeText(o.Type()))
		}
		text := fmt.Sprintf("var %s %s", name, s.typeText(o.Type()))
		if value := s.valueOf(o); value != "" {
			text += " = " + value
		}
		return text
	}
	return s.clean(types.ObjectString(obj, (*types.Package).Name))
}

// signature is a function or method with its parameters.
func (s *Session) signature(f *types.Func, name string) string {
	text := strings.TrimPrefix(s.typeText(f.Type()), "func")
	recv := f.Signature().Recv()
	if recv == nil {
		return "func " + s.clean(name) + text
	}
	of := s.typeText(recv.Type())
	if recv.Name() != "" && recv.Name() != "_" {
		of = recv.Name() + " " + of
	}
	return "func (" + of + ") " + f.Name() + text
}

// typeDeclaration is a type with its fields.
func (s *Session) typeDeclaration(t *types.TypeName, name string) string {
	if t.IsAlias() {
		return "type " + name + " = " + s.typeText(types.Unalias(t.Type()))
	}
	if n, ok := t.Type().(*types.Named); ok && n.TypeParams().Len() > 0 {
		var params []string
		for p := range n.TypeParams().TypeParams() {
			params = append(params, p.Obj().Name()+" "+s.typeText(p.Constraint()))
		}
		name += "[" + strings.Join(params, ", ") + "]"
	}
	var lines []string
	hidden := false
	switch u := t.Type().Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			switch {
			case !visible(f):
				hidden = true
			case f.Embedded():
				lines = append(lines, s.typeText(f.Type()))
			default:
				lines = append(lines, f.Name()+" "+s.typeText(f.Type()))
			}
		}
		return "type " + name + " struct" + block(lines, hidden)
	case *types.Interface:
		for m := range u.Methods() {
			hidden = hidden || !visible(m)
		}
		if u.IsMethodSet() {
			return "type " + name + " interface" + block(s.methodsOf(u), hidden)
		}
		return "type " + name + " " + s.typeText(u)
	}
	return "type " + name + " " + s.typeText(t.Type().Underlying())
}

// block is lines in braces.
func block(lines []string, hidden bool) string {
	if hidden {
		lines = append(lines, "// unexported fields or methods")
	}
	if len(lines) == 0 {
		return "{}"
	}
	return " {\n\t" + strings.Join(lines, "\n\t") + "\n}"
}

func (s *Session) methodsOf(u *types.Interface) []string {
	var lines []string
	for m := range u.Methods() {
		if visible(m) {
			lines = append(lines, m.Name()+strings.TrimPrefix(s.typeText(m.Type()), "func"))
		}
	}
	return lines
}

// methods lists the methods of a type and of its pointer, those of embedded fields last; an
// interface shows them itself.
func (s *Session) methods(t types.Type) []string {
	if types.IsInterface(t) {
		return nil
	}
	if _, pointer := t.Underlying().(*types.Pointer); !pointer {
		t = types.NewPointer(t)
	}
	var own, embedded []string
	for sel := range types.NewMethodSet(t).Methods() {
		f, ok := sel.Obj().(*types.Func)
		switch {
		case !ok || !visible(f):
		case len(sel.Index()) == 1:
			own = append(own, s.signature(f, f.Name()))
		default:
			embedded = append(embedded, s.signature(f, f.Name()))
		}
	}
	return append(own, embedded...)
}

// exported lists what a package has.
func (s *Session) exported(pkg *types.Package) []string {
	var lines []string
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		line := s.declaration(obj)
		if before, _, long := strings.Cut(line, " {\n"); long {
			line = before + " { … }"
		}
		lines = append(lines, line)
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		return strings.Compare(a[:3], b[:3]) // constants, functions, types, variables
	})
	return lines
}

// info renders the help.
func (h help) info() Info {
	list := strings.Join(h.lists, "\n")
	if h.more > 0 {
		list += fmt.Sprintf("\n… and %d more", h.more)
	}
	parser := comment.Parser{LookupSym: func(recv, name string) bool { return true }}
	doc := parser.Parse(h.doc)
	printer := comment.Printer{
		HeadingID:  func(*comment.Heading) string { return "" },
		DocLinkURL: func(*comment.DocLink) string { return "" },
	}
	var text, markdown, page []string
	code := func(block string) {
		if block != "" {
			text = append(text, block)
			markdown = append(markdown, "```go\n"+block+"\n```")
			page = append(page, "<pre><code>"+html.EscapeString(block)+"</code></pre>")
		}
	}
	code(h.code)
	if h.doc != "" {
		text = append(text, strings.TrimSpace(string(printer.Text(doc))))
		markdown = append(markdown, strings.TrimSpace(string(printer.Markdown(doc))))
		page = append(page, strings.TrimSpace(string(printer.HTML(doc))))
	}
	code(list)
	code(h.source)
	return Info{
		Text:     strings.Join(text, "\n\n"),
		Markdown: strings.Join(markdown, "\n\n"),
		HTML:     strings.Join(page, "\n"),
	}
}
