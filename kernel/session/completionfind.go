package session

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// scored is an item with its distance from what is written, and the distance of its scope.
type scored struct {
	Item
	fit, far int
}

// Distances of scopes.
const (
	nearby = iota // locals, fields of a literal
	ofSession
	ofPackage
	ofLanguage
)

// maxItems bounds an answer; what fits worst is left out.
const maxItems = 500

// add offers an item if it fits what is written.
func (q *query) add(item Item, far int) {
	fit := fits(item.Text, q.prefix)
	if fit < 0 || q.seen[item.Text] || strings.Contains(item.Text, mark) ||
		item.Text == placeholder || item.Text == "_" {
		return
	}
	q.seen[item.Text] = true
	q.found = append(q.found, scored{item, fit, far})
}

// fits tells how well a name continues a prefix: 0 as written, 1 in another case, 2 by the
// first letters of its words, −1 not at all.
func fits(name, prefix string) int {
	switch {
	case strings.HasPrefix(name, prefix):
		return 0
	case len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix):
		return 1
	case len(prefix) > 1 && humps(name, prefix):
		return 2
	}
	return -1
}

// humps tells whether prefix is made of beginnings of words of name: pw of PrintWriter.
func humps(name, prefix string) bool {
	rest := []rune(strings.ToLower(prefix))
	start := true
	for i, r := range name {
		if i > 0 && (unicode.IsUpper(r) || r == '_') {
			start = true
		}
		if len(rest) > 0 && unicode.ToLower(r) == rest[0] && start {
			rest = rest[1:]
		} else {
			start = false
		}
	}
	return len(rest) == 0
}

// ranked are the items, the likely first.
func (q *query) ranked() []Item {
	slices.SortStableFunc(q.found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.fit, b.fit), cmp.Compare(a.far, b.far),
			cmp.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)), cmp.Compare(a.Text, b.Text))
	})
	items := make([]Item, 0, min(len(q.found), maxItems))
	for _, f := range q.found[:min(len(q.found), maxItems)] {
		items = append(items, f.Item)
	}
	return items
}

// completeString offers import paths, and elsewhere files where the string looks like a path.
func (q *query) completeString() {
	if q.inImport {
		if q.s.opts.Paths != nil {
			for _, path := range q.s.opts.Paths() {
				if strings.HasPrefix(path, q.prefix) {
					q.add(Item{Text: path, Kind: "module"}, nearby)
				}
			}
		}
		return
	}
	folder, name := filepath.Split(q.prefix)
	if q.prefix == "" || strings.ContainsAny(q.prefix, "\n\"") {
		return
	}
	entries, err := os.ReadDir(cmp.Or(folder, "."))
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name) && (name != "" || e.Name()[0] != '.') {
			text := folder + e.Name()
			if e.IsDir() {
				text += "/"
			}
			q.add(Item{Text: text, Kind: "path"}, nearby)
		}
	}
}

// completeName offers what a name alone can mean here.
func (q *query) completeName() {
	if q.check() {
		q.keys()
		q.locals()
	}
	for name, b := range q.s.names {
		switch {
		case b.pkg != nil:
			q.add(Item{name, "module", b.pkg.Path()}, ofPackage)
		case b.obj != nil:
			q.addObject(b.obj, ofSession)
		}
	}
	for _, pkg := range q.s.dots {
		q.members(pkg, ofSession)
	}
	for _, name := range types.Universe.Names() {
		q.addObject(types.Universe.Lookup(name), ofLanguage)
	}
	if q.prefix == "" {
		return
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		q.add(Item{tok.String(), "keyword", ""}, ofLanguage)
	}
	if q.s.opts.Paths != nil {
		for _, path := range q.s.opts.Paths() {
			if name := lastName(path); strings.HasPrefix(name, q.prefix) {
				q.add(Item{name, "module", path}, ofLanguage)
			}
		}
	}
}

// locals offers what is declared in the cell and can be seen at the name.
func (q *query) locals() {
	var scope *types.Scope
	for _, n := range q.path {
		if f, ok := n.(*ast.FuncDecl); ok {
			n = f.Type
		}
		if f, ok := n.(*ast.FuncLit); ok {
			n = f.Type
		}
		if s := q.cell.scopes[n]; s != nil {
			scope = s
		}
	}
	for ; scope != nil && scope != types.Universe; scope = scope.Parent() {
		local := scope != q.cell.pass.pkg.Scope() && scope.Parent() != q.cell.pass.pkg.Scope()
		for _, name := range scope.Names() {
			obj := scope.Lookup(name)
			if local && obj.Pos() > q.ident.Pos() {
				continue
			}
			if local {
				q.addObject(obj, nearby)
			} else {
				q.addObject(obj, ofSession)
			}
		}
	}
	for name, b := range q.cell.named {
		q.add(Item{name, "module", b.pkg.Path()}, ofPackage)
	}
}

// keys offers the fields that a struct literal does not have yet.
func (q *query) keys() {
	n := len(q.path) - 2 // what the name stands in
	if n >= 0 {
		if kv, ok := q.path[n].(*ast.KeyValueExpr); ok && kv.Key == q.ident {
			n--
		}
	}
	if n < 0 {
		return
	}
	lit, ok := q.path[n].(*ast.CompositeLit)
	if !ok {
		return
	}
	t, ok := q.cell.pass.info.Types[lit]
	if !ok || t.Type == nil {
		return
	}
	if p, ok := t.Type.Underlying().(*types.Pointer); ok {
		t.Type = p.Elem()
	}
	fields, ok := t.Type.Underlying().(*types.Struct)
	if !ok {
		return
	}
	used := map[string]bool{}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
	}
	for f := range fields.Fields() {
		if !used[f.Name()] && visible(f) {
			q.add(Item{f.Name(), "field", q.s.typeText(f.Type())}, nearby)
		}
	}
}

// completeSelector offers what stands behind a period: members of a package, or fields and
// methods.
func (q *query) completeSelector() {
	if q.check() && len(q.path) > 1 {
		if sel, ok := q.path[len(q.path)-2].(*ast.SelectorExpr); ok && sel.Sel == q.ident {
			q.behind(sel.X)
		}
	}
	if len(q.found) > 0 {
		return
	}
	if pkg := q.s.chain(q.src, q.dot).pkg; pkg != nil {
		q.members(pkg, nearby)
	}
}

// behind offers what x has.
func (q *query) behind(x ast.Expr) {
	info := q.cell.pass.info
	if id, ok := x.(*ast.Ident); ok {
		if pkg, ok := info.Uses[id].(*types.PkgName); ok {
			q.members(pkg.Imported(), nearby)
			return
		}
	}
	tv, ok := info.Types[x]
	if !ok || tv.Type == nil {
		return
	}
	q.methods(tv.Type)
	if !tv.IsType() {
		q.fields(tv.Type, map[types.Type]bool{})
	}
}

func (q *query) members(pkg *types.Package, far int) {
	for _, name := range pkg.Scope().Names() {
		if obj := pkg.Scope().Lookup(name); obj.Exported() {
			q.addObject(obj, far)
		}
	}
}

// methods offers the methods of t, and of *t where t is no pointer: variables have both.
func (q *query) methods(t types.Type) {
	if _, pointer := t.Underlying().(*types.Pointer); !pointer && !types.IsInterface(t) {
		t = types.NewPointer(t)
	}
	for sel := range types.NewMethodSet(t).Methods() {
		if visible(sel.Obj()) {
			q.add(Item{sel.Obj().Name(), "method", q.s.typeText(sel.Obj().Type())}, nearby)
		}
	}
}

// fields offers the fields of t and of what it embeds.
func (q *query) fields(t types.Type, seen map[types.Type]bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || seen[t] {
		return
	}
	seen[t] = true
	for f := range s.Fields() {
		if visible(f) {
			q.add(Item{f.Name(), "field", q.s.typeText(f.Type())}, nearby)
		}
	}
	for f := range s.Fields() {
		if f.Embedded() {
			q.fields(f.Type(), seen)
		}
	}
}

// visible tells whether cells can mention a field or method.
func visible(obj types.Object) bool { return obj.Exported() || isCell(obj.Pkg()) }

func (q *query) addObject(obj types.Object, far int) {
	kind, detail := "var", ""
	switch o := obj.(type) {
	case *types.Func:
		kind = "function"
	case *types.Builtin:
		kind = "function"
	case *types.TypeName:
		kind = "type"
	case *types.Const:
		kind = "const"
	case *types.PkgName:
		q.add(Item{o.Name(), "module", o.Imported().Path()}, ofPackage)
		return
	case *types.Label:
		return
	}
	if t := obj.Type(); t != nil && t != types.Typ[types.Invalid] {
		detail = q.s.typeText(t)
	}
	q.add(Item{obj.Name(), kind, detail}, far)
}
