package display

import (
	"strings"
	"sync/atomic"
)

// Latex is LaTeX as the front end understands it: text with $…$ or $$…$$, or an environment.
// LaTeX with neither is a formula in the line.
type Latex string

// MIMEBundle gives the LaTeX, also as text, and as HTML if it is one formula.
func (s Latex) MIMEBundle() map[string]any {
	latex := string(s)
	if !strings.Contains(latex, "$") && !strings.Contains(latex, `\begin`) {
		latex = "$" + latex + "$"
	}
	return formula(latex, string(s))
}

// Math is one displayed formula, without dollars: display.Math(`\frac{1}{N}`).
type Math string

// MIMEBundle gives the formula between double dollars, also as text and as HTML.
func (s Math) MIMEBundle() map[string]any {
	return formula("$$"+string(s)+"$$", string(s))
}

// Setter sets a formula, given without its dollars, as MathML; block is one on a line of its
// own. It is false for what it cannot set.
type Setter func(tex string, block bool) (mathML string, ok bool)

var setter atomic.Pointer[Setter]

// SetMath makes formulas travel as HTML too, set by f. Converters that show LaTeX by a script
// from the network then have something that needs none.
func SetMath(f Setter) { setter.Store(&f) }

// formula is the bundle of LaTeX whose dollars are in place.
func formula(latex, text string) map[string]any {
	data := map[string]any{MimeLatex: latex, MimeText: text}
	set := setter.Load()
	tex, block, one := undollar(latex)
	if set == nil || *set == nil || !one {
		return data
	}
	if mathML, ok := (*set)(tex, block); ok {
		// The letters of browsers' mathematics are smaller than those round them.
		element := "span"
		if block {
			element = "div"
		}
		data[MimeHTML] = "<" + element + ` style="font-size:1.2em">` + mathML + "</" + element + ">"
	}
	return data
}

// undollar takes the dollars from LaTeX that is one formula.
func undollar(latex string) (tex string, block, one bool) {
	s := strings.TrimSpace(latex)
	if inner, ok := between(s, "$$"); ok {
		return inner, true, true
	}
	if inner, ok := between(s, "$"); ok {
		return inner, false, true
	}
	return "", false, false
}

func between(s, mark string) (string, bool) {
	inner, ok := strings.CutPrefix(s, mark)
	if !ok {
		return "", false
	}
	inner, ok = strings.CutSuffix(inner, mark)
	return inner, ok && inner != "" && !strings.Contains(inner, "$")
}
