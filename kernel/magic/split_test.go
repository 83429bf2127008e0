package magic

import (
	"strings"
	"testing"
)

// FuzzSplit: the pieces follow one another, special lines begin where a line begins, and what
// is between pieces is only space and comments.
func FuzzSplit(f *testing.F) {
	for _, cell := range []string{
		"", "x := 1", "%time x", "!ls\nx", "`\n!x\n`", "/*\n!x*/", "f(\n!x)", "%%bash\n!x",
		"\ufeff%pwd\r\nx\r\n!ls \\\r\n more", "x?", "?x", "??", "a.b??", "x; !y", "'\n!x",
		"\"\n%x", "}\n!x", "x /* \n */ !y", "%", "%%", "!", "$", ":", "x +\n!y", "// c\\\n!x",
		"%%\n!x", "x\n%%bash\ny", "\\\n!x\\", "!\\\n\\\n", "!\n ",
	} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		at := 0
		for _, p := range split(cell) {
			if p.from < at || p.to < p.from || p.to > len(cell) {
				t.Fatalf("%q: piece %d:%d after %d", cell, p.from, p.to, at)
			}
			if gap := cell[at:p.from]; !blank([]byte(gap)) && p.special == nil {
				t.Fatalf("%q: %q is lost", cell, gap)
			}
			at = p.to
			s := p.special
			if s == nil {
				if text := only(cell, p.from, p.to); len(text) != p.to ||
					strings.Count(text, "\n") != strings.Count(cell[:p.to], "\n") {
					t.Fatalf("%q: only gives %q", cell, text)
				}
				continue
			}
			start := strings.LastIndexByte(cell[:p.from], '\n') + 1
			if before := strings.TrimPrefix(cell[start:p.from], byteOrderMark); !blank([]byte(before)) {
				t.Fatalf("%q: a special line at %d follows %q", cell, p.from, before)
			}
			if s.line != 1+strings.Count(cell[:p.from], "\n") || s.at > len(cell) {
				t.Fatalf("%q: special line %+v", cell, s)
			}
		}
		if !blank([]byte(cell[at:])) {
			t.Fatalf("%q: %q is lost", cell, cell[at:])
		}
		if text := goOnly(cell, split(cell)); len(text) != len(cell) {
			t.Fatalf("%q: goOnly gives %q", cell, text)
		}
	})
}
