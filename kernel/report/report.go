package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"cliplab/kernel/ipynb"
)

// Options are what the notebook does not say itself.
type Options struct {
	Dir  string // where the notebook is: pictures that its Markdown names are found from here
	Name string // title of a notebook without a heading
	Lang string // language of the prose, default "en"
}

//go:embed page.css
var pageCSS string

// policy keeps the browser from any request and from running scripts, whatever the outputs
// of the cells hold: a report is a document.
const policy = "default-src 'none'; img-src data:; media-src data:; font-src data:; " +
	"style-src 'unsafe-inline'"

// Write renders nb to w as one HTML file.
func Write(w io.Writer, nb *ipynb.Notebook, opt Options) error {
	p := &page{dir: opt.Dir, ids: map[string]int{}}
	var body strings.Builder
	for i, c := range nb.Cells {
		if err := p.cell(&body, i, c); err != nil {
			return err
		}
	}
	title := nb.Title()
	if title == "" {
		title = opt.Name
	}
	if title == "" {
		title = "Notebook"
	}
	lang := opt.Lang
	if lang == "" {
		lang = "en"
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "<!DOCTYPE html>\n<html lang=%q>\n<head>\n<meta charset=\"utf-8\">\n"+
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"+
		"<meta name=\"color-scheme\" content=\"light dark\">\n"+
		"<meta http-equiv=\"Content-Security-Policy\" content=%q>\n"+
		"<title>%s</title>\n<style>\n%s%s</style>\n</head>\n<body>\n",
		lang, policy, html.EscapeString(plainTitle(title)), fontCSS(p.usesMath), pageCSS)
	out.WriteString(`<a class="skip" href="#lesson">Skip to the lesson</a>` + "\n")
	out.WriteString(header(nb))
	out.WriteString(`<div class="layout">` + "\n")
	out.WriteString(p.contents())
	out.WriteString(`<main id="lesson">` + "\n")
	if nb.Title() == "" {
		fmt.Fprintf(out, "<h1>%s</h1>\n", html.EscapeString(title))
	}
	out.WriteString(banner(nb))
	out.WriteString(body.String())
	out.WriteString("</main>\n</div>\n" + footer(nb) + "</body>\n</html>\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// cell writes one cell. Code cells carry the anchor cell-N of their number.
func (p *page) cell(b *strings.Builder, i int, c *ipynb.Cell) error {
	switch {
	case c.HasTag("remove-cell") || c.HasTag("remove_cell"):
		return nil
	case c.Type == ipynb.Markdown:
		out, err := p.render(c.Source, c.Attachments)
		if err != nil {
			return fmt.Errorf("%w (cell %d)", err, i+1)
		}
		fmt.Fprintf(b, "<section class=\"prose\">\n%s</section>\n", out)
	case c.Type == ipynb.Raw:
		if strings.TrimSpace(c.Source) != "" {
			fmt.Fprintf(b, "<pre class=\"raw\">%s</pre>\n", html.EscapeString(c.Source))
		}
	case c.FirstLine() != "" || len(c.Outputs) > 0:
		p.code(b, i, c)
	}
	return nil
}

func (p *page) code(b *strings.Builder, i int, c *ipynb.Cell) {
	label, anchor := "[ ]", fmt.Sprintf("code-%d", i+1)
	if c.ExecutionCount > 0 {
		label = fmt.Sprintf("[%d]", c.ExecutionCount)
		anchor = fmt.Sprintf("cell-%d", c.ExecutionCount)
	}
	name := "cell " + strings.Trim(label, "[]")
	if c.ExecutionCount == 0 {
		name = "cell that was not run"
	}
	fmt.Fprintf(b, "<section class=\"cell\" id=%q aria-label=%q>\n", anchor, name)
	if !c.HasTag("remove-input") && !c.HasTag("remove_input") && c.FirstLine() != "" {
		fmt.Fprintf(b, "<div class=\"input\"><a class=\"number\" href=\"#%s\">%s</a>"+
			"<pre class=\"code\" tabindex=\"0\"><code>%s</code></pre>%s</div>\n",
			anchor, label, goHTML(c.Source, failingLine(c)), took(c))
	}
	var outputs []string
	for k, o := range c.Outputs {
		if s := p.output(o, fmt.Sprintf("out-%d-%d", i+1, k+1)); s != "" {
			outputs = append(outputs, s)
		}
	}
	if len(outputs) > 0 && !c.HasTag("remove-output") && !c.HasTag("remove_output") {
		fmt.Fprintf(b, "<div class=\"outputs\">\n%s\n</div>\n", strings.Join(outputs, "\n"))
	}
	b.WriteString("</section>\n")
}

// took says how long the cell ran, if one would have noticed.
func took(c *ipynb.Cell) string {
	m, _ := c.Metadata["execution"].(map[string]any)
	from, _ := m["iopub.status.busy"].(string)
	to, _ := m["iopub.status.idle"].(string)
	start, err1 := time.Parse(time.RFC3339Nano, from)
	end, err2 := time.Parse(time.RFC3339Nano, to)
	d := end.Sub(start)
	if err1 != nil || err2 != nil || d < time.Second {
		return ""
	}
	return fmt.Sprintf(`<span class="took" title="time to run this cell">%s</span>`, duration(d))
}

// duration is d as one reads it: 3.2 s, 1 min 12 s.
func duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	s := int(d.Seconds() + 0.5)
	return fmt.Sprintf("%d min %d s", s/60, s%60)
}
