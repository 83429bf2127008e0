package session

import (
	"fmt"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// letters is an identifier.
const letters = `[\p{L}_][\p{L}\p{N}_]*`

var (
	marked    = regexp.MustCompile(mark + `[\p{L}\p{N}_]*`)
	qualified = regexp.MustCompile(`In\[(\d+)\]\.(` + letters + `)`)
	stale     = regexp.MustCompile(`(` + letters + `) \(In\[\d+\]\)`)
	twice     = regexp.MustCompile(`type (\S+)\) as (\S+) value`)
	spread    = regexp.MustCompile(`^cannot use (\S+) \(.* of type \[\](\S+)\) as (\S+) value in arg`)
	quoted    = regexp.MustCompile(`^cannot use '(.+)' \(untyped rune .*\) as string value`)
	undefined = regexp.MustCompile(`^undefined: ((?:` + letters + `\.)?)(` + letters + `)$`)
)

// clean removes what users did not write: hidden names, and the packages of cells. A type
// that is not the live one of its name is told by its cell.
func (s *Session) clean(msg string) string {
	msg = strings.ReplaceAll(msg, " in argument to "+showFunc, "")
	msg = strings.ReplaceAll(msg, " (declared at -)", "") // compiled packages have no positions
	msg = marked.ReplaceAllString(msg, "")
	return qualified.ReplaceAllStringFunc(msg, func(m string) string {
		part := qualified.FindStringSubmatch(m)
		b := s.names[part[2]]
		if b != nil && b.obj != nil && b.obj.Pkg() != nil && b.obj.Pkg().Name() == "In["+part[1]+"]" {
			return part[2]
		}
		return fmt.Sprintf("%s (In[%s])", part[2], part[1])
	})
}

// advise adds to a message what its reader may have meant.
func (c *cell) advise(msg string) string {
	msg = strings.TrimSuffix(msg, ":") // what follows in go/types names places in no cell
	part := undefined.FindStringSubmatch(msg)
	if part == nil {
		return c.adviseStale(msg + habit(msg))
	}
	name := part[2]
	var candidates []string
	if part[1] != "" {
		b := c.named[strings.TrimSuffix(part[1], ".")]
		if b == nil {
			b = c.s.names[strings.TrimSuffix(part[1], ".")]
		}
		if b == nil || b.pkg == nil {
			return msg
		}
		for _, n := range b.pkg.Scope().Names() {
			if obj := b.pkg.Scope().Lookup(n); obj.Exported() {
				candidates = append(candidates, n)
			}
		}
	} else {
		if path := c.s.remedy(name); path != "" {
			return fmt.Sprintf("%s (import %q first)", msg, path)
		}
		candidates = c.visible()
	}
	if near := nearest(name, candidates); near != "" {
		return fmt.Sprintf("%s; did you mean %s?", msg, near)
	}
	return msg
}

// habit is what to write instead where other languages have other habits.
func habit(msg string) string {
	if strings.HasPrefix(msg, "multiple-value ") {
		return "; name every value, as in a, b := f()"
	}
	if p := spread.FindStringSubmatch(msg); p != nil && p[2] == p[3] {
		return fmt.Sprintf("; a function that takes any number of them takes all by %s...", p[1])
	}
	if p := quoted.FindStringSubmatch(msg); p != nil {
		return fmt.Sprintf("; a string stands in double quotes, \"%s\"", p[1])
	}
	return ""
}

// adviseStale says what to do about values whose type was declared again.
func (c *cell) adviseStale(msg string) string {
	if p := twice.FindStringSubmatch(msg); p != nil && p[1] == p[2] && strings.Contains(p[1], ".") {
		pkg, _, _ := strings.Cut(strings.TrimLeft(p[1], "*[]"), ".")
		return fmt.Sprintf("%s; package %s was read again in between: "+
			"run the cells that make the values again", msg, pkg)
	}
	part := stale.FindStringSubmatch(msg)
	if part == nil {
		return msg
	}
	b := c.s.names[part[1]]
	if b == nil || b.decl == nil || b.decl.kind != typeDecl {
		return msg
	}
	return fmt.Sprintf("%s; %s was declared again in In[%d]: "+
		"run the cell that makes the value again", msg, part[1], b.cell)
}

// visible lists the names that the cell could have meant.
func (c *cell) visible() []string {
	names := types.Universe.Names()
	for n := range c.s.names {
		names = append(names, n)
	}
	for n := range c.vars {
		names = append(names, n)
	}
	for _, d := range c.decls {
		names = append(names, d.names...)
	}
	for n := range c.named {
		names = append(names, n)
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(n string) bool { return strings.Contains(n, mark) })
}

// nearest returns the candidate that differs from name in a letter or two, or in case only.
func nearest(name string, candidates []string) string {
	best, least := "", 3
	if len(name) < 6 {
		least = 2
	}
	if len(name) < 3 {
		least = 1
	}
	for _, cand := range candidates {
		if cand == name {
			continue
		}
		d := Distance(strings.ToLower(name), strings.ToLower(cand), least)
		if d < least {
			best, least = cand, d
		}
	}
	return best
}

// Distance counts the edits (insert, delete, replace, swap neighbours) from a to b, up to
// limit.
func Distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
