package modules

import (
	"embed"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// embedded is a variable with a //go:embed directive.
type embedded struct {
	v    *types.Var
	data []byte         // of a string or []byte
	fs   []embeddedFile // of an embed.FS
}

type embeddedFile struct {
	name string // folders end in a slash
	data []byte
}

// maxEmbed bounds what one package may embed.
const maxEmbed = 256 << 20

// embeds finds the directives of a package and reads what they name.
func (u *unit) embeds(pkg *types.Package) ([]embedded, error) {
	var out []embedded
	for _, f := range u.files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				spec := s.(*ast.ValueSpec)
				doc := spec.Doc
				if doc == nil && !g.Lparen.IsValid() {
					doc = g.Doc
				}
				patterns, err := embedPatterns(doc)
				if err == nil && len(patterns) > 0 {
					var e embedded
					e, err = u.embed(pkg, spec, patterns)
					out = append(out, e)
				}
				if err != nil {
					return nil, broken(u.path, err.Error())
				}
			}
		}
	}
	return out, nil
}

// embedPatterns reads the directives in a comment: patterns, quoted ones too.
func embedPatterns(doc *ast.CommentGroup) ([]string, error) {
	if doc == nil {
		return nil, nil
	}
	var out []string
	for _, c := range doc.List {
		rest, ok := strings.CutPrefix(c.Text, "//go:embed")
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '\t' {
			continue
		}
		for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
			if rest[0] != '"' && rest[0] != '`' {
				end := strings.IndexAny(rest, " \t")
				if end < 0 {
					end = len(rest)
				}
				out, rest = append(out, rest[:end]), rest[end:]
				continue
			}
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("invalid //go:embed directive: %s", c.Text)
			}
			pattern, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("invalid //go:embed directive: %s", c.Text)
			}
			out, rest = append(out, pattern), rest[len(quoted):]
		}
	}
	return out, nil
}

// embed reads the files for a variable.
func (u *unit) embed(pkg *types.Package, spec *ast.ValueSpec, patterns []string) (
	e embedded, err error,
) {
	if len(spec.Names) != 1 {
		return e, fmt.Errorf("//go:embed stands before several variables")
	}
	v, ok := pkg.Scope().Lookup(spec.Names[0].Name).(*types.Var)
	if !ok {
		return e, fmt.Errorf("//go:embed stands before %s", spec.Names[0].Name)
	}
	e.v = v
	names, err := u.embedFiles(patterns)
	if err != nil {
		return e, err
	}
	if v.Type().String() != "embed.FS" {
		if len(names) != 1 {
			return e, fmt.Errorf("//go:embed: %d files for %s", len(names), v.Name())
		}
		e.data, err = fs.ReadFile(u.tree.files, path.Join(u.dir, names[0]))
		return e, err
	}
	e.fs, err = u.embedFS(names)
	return e, err
}

// embedFiles lists the files that patterns name, relative to the package.
func (u *unit) embedFiles(patterns []string) ([]string, error) {
	seen := map[string]bool{}
	for _, pattern := range patterns {
		glob, all := strings.CutPrefix(pattern, "all:")
		if !fs.ValidPath(glob) {
			return nil, fmt.Errorf("//go:embed %s: not a path below the package", pattern)
		}
		matches, err := fs.Glob(u.tree.files, path.Join(escapeGlob(u.dir), glob))
		if err != nil {
			return nil, fmt.Errorf("//go:embed %s: %w", pattern, err)
		}
		n := len(seen)
		for _, m := range matches {
			if err := u.embedWalk(m, all, seen); err != nil {
				return nil, err
			}
		}
		if len(seen) == n && len(matches) == 0 {
			return nil, fmt.Errorf("//go:embed %s: no matching files", pattern)
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

func escapeGlob(dir string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "?", "\\?", "[", "\\[").Replace(dir)
}

// embedWalk adds a file, or the files below a folder except the hidden ones.
func (u *unit) embedWalk(root string, all bool, seen map[string]bool) error {
	return fs.WalkDir(u.tree.files, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != root && (d.Name()[0] == '.' || d.Name()[0] == '_')
		if d.IsDir() {
			if name != root && (hidden && !all || u.tree.foreign(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if (!hidden || all) && d.Type().IsRegular() {
			if u.dir == "." {
				seen[name] = true
			} else {
				seen[strings.TrimPrefix(name, u.dir+"/")] = true
			}
		}
		return nil
	})
}

// embedFS reads files for an embed.FS, in the order that it searches: by folder, then by
// name.
func (u *unit) embedFS(names []string) ([]embeddedFile, error) {
	var files []embeddedFile
	total := 0
	folders := map[string]bool{}
	for _, name := range names {
		data, err := fs.ReadFile(u.tree.files, path.Join(u.dir, name))
		if err != nil {
			return nil, err
		}
		if total += len(data); total > maxEmbed {
			return nil, fmt.Errorf("//go:embed: more than %d MB", maxEmbed>>20)
		}
		files = append(files, embeddedFile{name, data})
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			folders[dir+"/"] = true
		}
	}
	for dir := range folders {
		files = append(files, embeddedFile{name: dir})
	}
	slices.SortFunc(files, func(a, b embeddedFile) int {
		dirA, elemA := path.Split(strings.TrimSuffix(a.name, "/"))
		dirB, elemB := path.Split(strings.TrimSuffix(b.name, "/"))
		if c := strings.Compare(strings.TrimSuffix(dirA, "/"), strings.TrimSuffix(dirB, "/")); c != 0 {
			return c
		}
		return strings.Compare(elemA, elemB)
	})
	return files, nil
}

// put stores what is embedded in its variable.
func (e embedded) put(v reflect.Value) error {
	switch {
	case v.Type() == reflect.TypeFor[embed.FS]():
		return setFS(v, e.fs)
	case v.Kind() == reflect.String:
		v.SetString(string(e.data))
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		v.SetBytes(slices.Clone(e.data))
	default:
		return fmt.Errorf("modules: //go:embed cannot fill %s of type %s", e.v.Name(), v.Type())
	}
	return nil
}

// setFS fills an embed.FS as the compiler does: it points to a slice of files with a name
// and data. Source: the comment of type FS in embed/embed.go.
func setFS(v reflect.Value, files []embeddedFile) error {
	field := v.FieldByName("files")
	if !field.IsValid() || field.Kind() != reflect.Pointer ||
		field.Type().Elem().Kind() != reflect.Slice {
		return fmt.Errorf("modules: embed.FS is not what it was in Go 1.26")
	}
	list := reflect.New(field.Type().Elem())
	list.Elem().Set(reflect.MakeSlice(field.Type().Elem(), len(files), len(files)))
	for i, f := range files {
		for name, s := range map[string]string{"name": f.name, "data": string(f.data)} {
			part := list.Elem().Index(i).FieldByName(name)
			if !part.IsValid() || part.Kind() != reflect.String {
				return fmt.Errorf("modules: embed.FS is not what it was in Go 1.26")
			}
			open(part).SetString(s)
		}
	}
	open(field).Set(list)
	return nil
}

// open makes a field settable that is not exported.
func open(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}
