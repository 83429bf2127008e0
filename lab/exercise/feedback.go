package exercise

import (
	"fmt"
	"html"
	"strings"
)

// Feedback is what an exercise says of an attempt. It shows itself in a notebook.
type Feedback struct {
	Exercise string // its name
	Passed   bool
	Cases    int // that were asked
	Right    int // that agreed before the first that did not

	// Of the first case that differs: what went in, what came out, what should have.
	Input, Yours, Want string
	// Mistake names what was done instead; "" when it is none of those that are known.
	Mistake string
	Hint    string
}

// unknown is said of mistakes that nobody has made here before.
const unknown = "not a mistake that is known here: compare the numbers one by one"

// String is the feedback as text.
func (f *Feedback) String() string {
	if f.Passed {
		return fmt.Sprintf("✓ %s: right on all %d cases", f.Exercise, f.Cases)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "✗ %s: %s\n", f.Exercise, f.mistake())
	for _, part := range f.parts() {
		fmt.Fprintf(&b, "%-6s %s\n", part[0], strings.ReplaceAll(part[1], "\n", "\n       "))
	}
	fmt.Fprintf(&b, "hint   %s", f.Hint)
	return b.String()
}

func (f *Feedback) mistake() string {
	if f.Mistake == "" {
		return unknown
	}
	return f.Mistake
}

// parts are the lines of an attempt that failed.
func (f *Feedback) parts() [][2]string {
	return [][2]string{{"input", f.Input}, {"yours", f.Yours}, {"want", f.Want}}
}

// MIMEBundle shows the feedback in a notebook, with the hint folded away.
func (f *Feedback) MIMEBundle() map[string]any {
	return map[string]any{"text/plain": f.String(), "text/html": f.html()}
}

// html tints the box green or orange: half transparent, so that it suits any theme. Mark and
// words say the same as the colour.
func (f *Feedback) html() string {
	tint := "0,158,115" // Okabe and Ito's green
	if !f.Passed {
		tint = "230,159,0" // and orange
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="border-left:4px solid rgb(%s);background:rgba(%s,0.08);`+
		`padding:6px 12px;overflow-x:auto">`, tint, tint)
	if f.Passed {
		b.WriteString(html.EscapeString(f.String()) + "</div>")
		return b.String()
	}
	fmt.Fprintf(&b, "<strong>✗ %s</strong>: %s", html.EscapeString(f.Exercise),
		html.EscapeString(f.mistake()))
	b.WriteString(`<table style="border-collapse:collapse;margin:6px 0">`)
	for _, part := range f.parts() {
		fmt.Fprintf(&b, `<tr><th style="text-align:left;vertical-align:top;padding:2px 12px 2px 0">`+
			`%s</th><td style="text-align:left"><pre style="margin:2px 0">%s</pre></td></tr>`, part[0],
			html.EscapeString(part[1]))
	}
	fmt.Fprintf(&b, "</table><details><summary>hint</summary>%s</details></div>",
		html.EscapeString(f.Hint))
	return b.String()
}
