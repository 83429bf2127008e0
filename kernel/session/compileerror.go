package session

import (
	"fmt"
	"go/token"
	"slices"
	"sort"
	"strings"
)

// Diag is one thing that is wrong with a cell.
type Diag struct {
	Pos  token.Position // In[n], line, column in bytes
	Msg  string
	Line string // the source line
}

func (d Diag) String() string { return place(d.Pos) + ": " + d.Msg }

// CompileError says why a cell does not compile.
type CompileError struct {
	Diags []Diag // in the order of the source
}

// Error lists the diagnostics, one a line.
func (e *CompileError) Error() string {
	lines := make([]string, len(e.Diags))
	for i, d := range e.Diags {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Traceback shows each diagnostic with its source line and a caret, in ANSI colours.
func (e *CompileError) Traceback() []string {
	var out []string
	for _, d := range e.Diags {
		out = append(out, paint(bold, place(d.Pos))+": "+paint(red, d.Msg))
		out = append(out, excerpt(d.Line, d.Pos)...)
	}
	return out
}

// Warning tells of something that a cell broke without failing.
type Warning struct {
	Pos token.Position
	Msg string
}

func (w Warning) String() string { return w.Msg }

// compileError sorts the diagnostics, once each, and adds remedies.
func (c *cell) compileError() error {
	sort.SliceStable(c.diags, func(i, j int) bool {
		a, b := c.diags[i].Pos, c.diags[j].Pos
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	c.diags = slices.CompactFunc(c.diags, func(a, b Diag) bool {
		return place(a.Pos) == place(b.Pos) && a.Msg == b.Msg
	})
	for i := range c.diags {
		c.diags[i].Msg = c.advise(c.diags[i].Msg)
	}
	return &CompileError{c.diags}
}

// diag makes a diagnostic of what go/types or the parser said.
func (s *Session) diag(pos token.Position, msg string) Diag {
	return Diag{Pos: pos, Msg: s.clean(msg), Line: s.line(pos)}
}

// line returns the source line of a position in a cell.
func (s *Session) line(pos token.Position) string {
	var n int
	if _, err := fmt.Sscanf(pos.Filename, "In[%d]", &n); err != nil || s.sources[n] == nil {
		return ""
	}
	lines := strings.SplitN(string(s.sources[n].text), "\n", pos.Line+1)
	if pos.Line < 1 || pos.Line > len(lines) {
		return ""
	}
	return strings.TrimSuffix(lines[pos.Line-1], "\r")
}

// warnings tells which dependents were left on what they were compiled with.
func (c *cell) warnings() []Warning {
	var out []Warning
	if c.pieces != nil {
		for _, f := range c.pieces.bodiless {
			out = append(out, Warning{Pos: c.s.fset.Position(f.Name.Pos()),
				Msg: fmt.Sprintf("function %s has no body: it is not declared", f.Name.Name)})
		}
	}
	for d, f := range c.failed {
		if d.kind == constDecl {
			continue
		}
		msg := d.name + " (" + (&source{n: d.cell}).name() + ") no longer compiles: " +
			c.s.clean(f.msg) + " (" + place(f.pos) + ")"
		out = append(out, Warning{Pos: f.pos, Msg: msg})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Msg < out[j].Msg })
	return out
}
