package trace

import (
	"fmt"
	"html"
	"path"
	"slices"
	"strings"

	"cliplab/lab/tensor"
)

// Trace is the record of one run of a tower. A nil *Trace keeps nothing.
type Trace struct {
	Points []Point // in the order in which they were computed

	// What the traced tower is, where it is not CLIP's; lab/tower sets it.
	Start string // the point before the first block
	Means bool   // image features are of the mean of all tokens but the first: CLIPA

	patterns []string
	passed   []string // names that no pattern matched, some of them
}

// mostNames are listed at most where a name is wrong.
const mostNames = 12

// Point is one intermediate of a run.
type Point struct {
	Name    string // of the module or tensor: "visual.transformer.resblocks.3.attn"
	Formula string // of the line that computed it
	Value   *tensor.Tensor
}

// New makes an empty trace that keeps the points whose names match one of the patterns, or all
// without any. A * stands for any text, dots too, and ? for a character (as in path.Match).
//
// The error names a pattern that is malformed.
func New(patterns ...string) (*Trace, error) {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("trace: pattern %q: %w", p, err)
		}
	}
	return &Trace{patterns: slices.Clone(patterns)}, nil
}

// Wants tells whether a point of that name is kept. The name comes in two parts, so that none is
// put together where nothing is traced.
func (t *Trace) Wants(module, part string) bool {
	if t == nil {
		return false
	}
	for _, p := range t.patterns {
		if ok, _ := path.Match(p, module+part); ok {
			return true
		}
	}
	return len(t.patterns) == 0
}

// Keep copies a point into the trace, if it is wanted.
func (t *Trace) Keep(module, part, formula string, data []float32, shape ...int) {
	if !t.Wants(module, part) {
		if t != nil && len(t.passed) < mostNames {
			t.passed = append(t.passed, module+part)
		}
		return
	}
	value := tensor.New(slices.Clone(shape)...) // so that shape stays on the caller's stack
	if copy(value.Data, data) != len(data) || len(data) != value.Len() {
		panic(fmt.Sprintf("trace: %s%s: %d numbers for shape %v", module, part, len(data), value.Shape))
	}
	t.Points = append(t.Points, Point{module + part, formula, value})
}

// Names are those of the points, in order.
func (t *Trace) Names() []string {
	var names []string
	for _, p := range t.Points {
		names = append(names, p.Name)
	}
	return names
}

// Value is the point of that name. It panics when there is none, with those there are.
func (t *Trace) Value(name string) *tensor.Tensor {
	if v := t.find(name); v != nil {
		return v
	}
	panic(fmt.Sprintf("trace: no point %q was kept; there are %s", name, t.some()))
}

func (t *Trace) find(name string) *tensor.Tensor {
	for _, p := range t.Points {
		if p.Name == name {
			return p.Value
		}
	}
	return nil
}

func (t *Trace) some() string {
	const most = mostNames
	names := t.Names()
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Missed is an error when patterns were given and a run had no point that matches one.
func (t *Trace) Missed() error {
	if len(t.patterns) == 0 || len(t.Points) > 0 || len(t.passed) == 0 {
		return nil
	}
	return fmt.Errorf("trace: no point matches %q; there are %s …; * stands for any text, as in "+
		"\"*.attn.weights\"", t.patterns, strings.Join(t.passed, ", "))
}

// Bytes is the memory that the points take.
func (t *Trace) Bytes() int {
	n := 0
	for _, p := range t.Points {
		n += 4 * p.Value.Len()
	}
	return n
}

// String lists name, shape and formula of each point.
func (t *Trace) String() string {
	var b strings.Builder
	name, shape := 0, 0
	for _, p := range t.Points {
		name, shape = max(name, len(p.Name)), max(shape, len(fmt.Sprint(p.Value.Shape)))
	}
	for _, p := range t.Points {
		fmt.Fprintf(&b, "%-*s  %-*s  %s\n", name, p.Name, shape, fmt.Sprint(p.Value.Shape), p.Formula)
	}
	return b.String()
}

// MIMEBundle shows the list as a table.
func (t *Trace) MIMEBundle() map[string]any {
	var b strings.Builder
	const th, td = `<th style="text-align:left">`, `<td style="text-align:left">` // JupyterLab: right
	b.WriteString("<table><tr>" + th + "point</th>" + th + "shape</th>" + th + "formula</th></tr>\n")
	for _, p := range t.Points {
		fmt.Fprintf(&b, "<tr>"+td+"<code>%s</code></td>"+td+"%s</td>"+td+"%s</td></tr>\n",
			html.EscapeString(p.Name), fmt.Sprint(p.Value.Shape), html.EscapeString(p.Formula))
	}
	b.WriteString("</table>")
	return map[string]any{"text/plain": t.String(), "text/html": b.String()}
}
