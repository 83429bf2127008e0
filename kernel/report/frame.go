package report

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"time"

	"cliplab/kernel/ipynb"
)

// header says when, how long and with what the notebook was run.
func header(nb *ipynb.Notebook) string {
	run, _ := nb.Metadata["cliplab"].(map[string]any)
	var facts []string
	if s, ok := run["executed"].(string); ok {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			facts = append(facts, fmt.Sprintf(`<time datetime="%s">%s</time>`, s,
				t.UTC().Format("2 January 2006, 15:04 UTC")))
		}
	}
	if s := seconds(run["seconds"]); s > 0 {
		facts = append(facts, "ran in "+duration(time.Duration(s*float64(time.Second))))
	}
	n := 0
	for _, c := range nb.Cells {
		if c.Type == ipynb.Code && c.ExecutionCount > 0 {
			n++
		}
	}
	facts = append(facts, fmt.Sprintf("%d code cells run", n))
	if s, ok := run["go"].(string); ok {
		facts = append(facts, html.EscapeString(strings.Replace(s, "go", "Go ", 1)))
	}
	return `<header class="top"><p><b>cliplab report</b> <span>` +
		strings.Join(facts, "</span> <span>") + "</span></p></header>\n"
}

func seconds(v any) float64 {
	switch x := v.(type) {
	case float64:
		return x
	case json.Number:
		f, _ := x.Float64()
		return f
	}
	return 0
}

func footer(nb *ipynb.Notebook) string {
	run, _ := nb.Metadata["cliplab"].(map[string]any)
	made := "Made by cliplab"
	if v, ok := run["version"].(string); ok {
		made += " " + html.EscapeString(v)
	}
	if v, ok := run["platform"].(string); ok {
		made += " on " + html.EscapeString(v)
	}
	return fmt.Sprintf("<footer><p>%s. One file, no network: pictures, formulas and fonts are "+
		"inside. Fonts: Source Sans 3, JetBrains Mono, STIX Two Math (SIL Open Font License "+
		"1.1).</p></footer>\n", made)
}

// banner tells at the top that cells failed, and which.
func banner(nb *ipynb.Notebook) string {
	var failed []string
	notRun := 0
	for _, c := range nb.Cells {
		if c.Type != ipynb.Code || c.FirstLine() == "" {
			continue
		}
		if c.ExecutionCount == 0 && !c.HasTag("skip-execution") {
			notRun++
		}
		for _, o := range c.Outputs {
			if o.Type == ipynb.Error && !c.HasTag("raises-exception") {
				failed = append(failed, fmt.Sprintf(`<a href="#cell-%d">cell %d</a>`,
					c.ExecutionCount, c.ExecutionCount))
			}
		}
	}
	if len(failed) == 0 {
		return ""
	}
	text := "An error stopped " + strings.Join(failed, ", ") + "."
	switch {
	case notRun == 1:
		text += " One cell after it was not run."
	case notRun > 1:
		text += fmt.Sprintf(" The %d cells after it were not run.", notRun)
	}
	return `<p class="banner" role="status">` + text + "</p>\n"
}

// contents is the table of contents: headings of the first three levels below the title.
func (p *page) contents() string {
	var b strings.Builder
	n := 0
	for i, h := range p.headings {
		if h.Level > 3 || i == 0 && h.Level == 1 {
			continue
		}
		n++
		fmt.Fprintf(&b, "<li class=\"level%d\"><a href=\"#%s\">%s</a></li>\n", h.Level, h.ID, h.HTML)
	}
	if n < 2 {
		return ""
	}
	return "<nav class=\"contents\" aria-label=\"Contents\">\n<details open><summary>Contents" +
		"</summary>\n<ul>\n" + b.String() + "</ul>\n</details>\n</nav>\n"
}

// plainTitle is a title without Markdown marks and dollars, for the window.
func plainTitle(s string) string {
	return strings.NewReplacer("**", "", "`", "", "$", "", "*", "").Replace(s)
}
