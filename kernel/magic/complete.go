package magic

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cliplab/kernel/display"
	"cliplab/kernel/session"
)

// Completion is what may stand at a position.
type Completion = session.Completion

// Item is one completion.
type Item = session.Item

// Info is the help on what stands at a position.
type Info = session.Info

// Complete returns what may stand at byte offset pos of a cell, special lines included.
func (i *Interpreter) Complete(src string, pos int) Completion {
	pos = min(max(pos, 0), len(src))
	list := split(src)
	if from, isGo := belowHead(list, src, pos); from > 0 {
		if !isGo {
			return Completion{Start: pos, End: pos}
		}
		c := i.Complete(src[from:], pos-from)
		c.Start, c.End = c.Start+from, c.End+from
		return c
	}
	p, s := specialOn(list, src, pos)
	if s == nil {
		return i.completeGo(goOnly(src, list), pos)
	}
	head := p.from + len(s.sign) + len(s.name)
	if s.sign == "?" || s.sign == "??" {
		return i.completeGo(only(src, nameStart(src, p), pos), pos)
	}
	if pos <= head && (strings.HasPrefix(s.sign, "%") || s.sign == ":") {
		return completeName(src[p.from:pos], p.from, pos, s.first)
	}
	d, err := find(s)
	if err != nil || pos < s.at {
		return Completion{Start: pos, End: pos}
	}
	if d.wants == "code" {
		return i.completeGo(only(src, s.at, lineEnd(src, pos)), pos)
	}
	start := s.at + strings.LastIndexAny(src[s.at:pos], " \t'\"=<>|;&") + 1
	c := Completion{Start: start, End: pos}
	for _, text := range arguments(d, src[s.at:start], src[start:pos]) {
		c.Items = append(c.Items, Item{Text: text, Kind: kindOf(d.wants)})
	}
	return c
}

// belowHead is where the text of a special cell begins, if pos is in it, else 0, and whether that
// text is Go.
func belowHead(list []piece, src string, pos int) (from int, isGo bool) {
	if len(list) == 0 || list[0].special == nil || list[0].special.body == "" {
		return 0, false
	}
	s := list[0].special
	if from = len(src) - len(s.body); pos < from {
		return 0, false
	}
	switch s.name {
	case "time", "timeit", "capture":
		return from, true
	}
	return from, false
}

// nameStart is where the name stands that a question asks about.
func nameStart(src string, p piece) int {
	return p.from + max(strings.Index(src[p.from:p.to], p.special.name), 0)
}

// specialOn is the special line that pos is on; the text below a special cell is not.
func specialOn(list []piece, src string, pos int) (piece, *special) {
	for _, p := range list {
		s := p.special
		if s != nil && p.from <= pos && pos <= lineEnd(src, max(p.from, p.to-len(s.body)-1)) {
			return p, s
		}
	}
	return piece{}, nil
}

// lineEnd is the end of the line that pos is on.
func lineEnd(src string, pos int) int {
	if n := strings.IndexByte(src[pos:], '\n'); n >= 0 {
		return pos + n
	}
	return len(src)
}

// completeName offers the special lines that begin as typed; special cells where one may stand.
func completeName(typed string, start, end int, first bool) Completion {
	c := Completion{Start: start, End: end}
	typed = strings.Replace(typed, ":", "%", 1)
	for _, d := range table() {
		if strings.HasPrefix(d.name, typed) && d.name[0] == '%' &&
			(first || !strings.HasPrefix(d.name, "%%")) {
			c.Items = append(c.Items, Item{Text: d.name, Kind: "magic", Detail: d.help})
		}
	}
	return c
}

// arguments are what may end the word typed, with what stands before it in the line.
func arguments(d directive, before, typed string) []string {
	var list []string
	switch {
	case d.wants == "file" || d.wants == "folder":
		return paths(typed, d.wants == "folder")
	case strings.TrimSpace(before) != "":
		return nil
	case d.wants == "env":
		for _, line := range os.Environ() {
			name, _, _ := strings.Cut(line, "=")
			list = append(list, name)
		}
	case d.wants == "go":
		list = []string{"get", "list", "mod", "save", "version"}
	case d.wants == "kind":
		list = []string{"const", "func", "package", "type", "var"}
	case d.wants == "name":
		for _, d := range table() {
			list = append(list, d.name)
		}
	}
	list = slices.DeleteFunc(list, func(s string) bool { return !strings.HasPrefix(s, typed) })
	slices.Sort(list)
	return list
}

func kindOf(wants string) string {
	switch wants {
	case "file", "folder":
		return "path"
	case "env":
		return "var"
	}
	return "magic"
}

// mostPaths bounds what a large folder offers.
const mostPaths = 500

// paths are the files, or only the folders, that begin as typed. Hidden ones must be asked for.
func paths(typed string, folders bool) []string {
	folder, base := filepath.Split(typed)
	at := expand(folder)
	if at == "" {
		at = "."
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, base) || base == "" && name[0] == '.' {
			continue
		}
		isFolder := e.IsDir()
		if e.Type()&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(at, name))
			isFolder = err == nil && info.IsDir()
		}
		if isFolder {
			list = append(list, folder+name+"/")
		} else if !folders {
			list = append(list, folder+name)
		}
		if len(list) == mostPaths {
			break
		}
	}
	return list
}

// Inspect returns help on what stands at byte offset pos of a cell, special lines included.
func (i *Interpreter) Inspect(src string, pos, detail int) (Info, bool) {
	pos = min(max(pos, 0), len(src))
	list := split(src)
	if from, isGo := belowHead(list, src, pos); from > 0 {
		if !isGo {
			return Info{}, false
		}
		return i.Inspect(src[from:], pos-from, detail)
	}
	p, s := specialOn(list, src, pos)
	switch {
	case s == nil:
		return i.inspectGo(goOnly(src, list), pos, detail)
	case s.sign == "?" || s.sign == "??":
		from := nameStart(src, p)
		return i.inspectGo(only(src, from, from+len(s.name)), from+len(s.name), detail)
	}
	d, err := find(s)
	if err != nil {
		return Info{}, false
	}
	if d.wants == "code" && pos >= s.at {
		return i.inspectGo(only(src, s.at, lineEnd(src, pos)), pos, detail)
	}
	text, ok := helpOf(d.name)
	return Info{Text: text}, ok
}

// IsComplete tells whether src can be executed: "complete", "incomplete" if more lines must
// follow, which start with indent, or "invalid". As in IPython, a blank line ends a special cell
// in a terminal.
func (i *Interpreter) IsComplete(src string) (status, indent string) {
	list := split(src)
	if len(list) == 0 {
		return "complete", ""
	}
	if s := list[0].special; s != nil && s.sign == "%%" && s.name != "" {
		tail := src[strings.LastIndexByte(strings.TrimRight(src, " \t"), '\n')+1:]
		if strings.Contains(s.body, "\n") && strings.TrimSpace(tail) == "" {
			return "complete", ""
		}
		return "incomplete", ""
	}
	if list[len(list)-1].special != nil {
		if strings.HasSuffix(src, "\\") {
			return "incomplete", ""
		}
	}
	return i.Session().IsComplete(goOnly(src, list))
}

// completeGo and inspectGo ask the session.
func (i *Interpreter) completeGo(src string, pos int) Completion {
	return i.Session().Complete(src, pos)
}

func (i *Interpreter) inspectGo(src string, pos, detail int) (Info, bool) {
	return i.Session().Inspect(src, pos, detail)
}

// dataOf is help by mime type.
func dataOf(in Info) map[string]any {
	data := map[string]any{display.MimeText: in.Text}
	if in.Markdown != "" {
		data[display.MimeMarkdown] = in.Markdown
	}
	if in.HTML != "" {
		data[display.MimeHTML] = in.HTML
	}
	return data
}
