package report

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"cliplab/kernel/ipynb"
)

// longStream is the number of lines beyond which printed text stands in a box that scrolls;
// on paper only its first and last lines are shown.
const longStream = 60

// output renders one output of a cell; id is unique in the page.
func (p *page) output(o *ipynb.Output, id string) string {
	switch o.Type {
	case ipynb.Stream:
		return streamHTML(o)
	case ipynb.Error:
		return errorHTML(o)
	case ipynb.DisplayData, ipynb.ExecuteResult:
		return p.bundle(o, id)
	}
	return fmt.Sprintf(`<div class="out note">an output of the unknown kind %s</div>`,
		html.EscapeString(strconv.Quote(o.Type)))
}

func streamHTML(o *ipynb.Output) string {
	class := "stdout"
	if o.Name == "stderr" {
		class = "stderr"
	}
	text := strings.TrimRight(o.Text, "\n")
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	if len(lines) <= longStream {
		return fmt.Sprintf(`<pre class="out %s" tabindex="0">%s</pre>`, class, ansiHTML(text))
	}
	const head, tail = 30, 10
	part := func(a, b int) string { return ansiHTML(strings.Join(lines[a:b], "\n")) }
	n := len(lines)
	return fmt.Sprintf(`<pre class="out %s long" tabindex="0" role="region" `+
		`aria-label="printed text, %d lines">%s`+"\n"+`<span class="middle">%s`+"\n</span>"+
		`<span class="cut">… %d lines are left out in print …`+"\n</span>%s</pre>",
		class, n, part(0, head), part(head, n-tail), n-head-tail, part(n-tail, n))
}

// errorHTML is a calm box: what, why, and the traceback below.
func errorHTML(o *ipynb.Output) string {
	trace := strings.TrimSpace(strings.Join(o.Traceback, "\n"))
	message := html.EscapeString(o.EValue)
	var b strings.Builder
	fmt.Fprintf(&b, `<div class="out error" role="group" aria-label="error"><p><b>%s</b> %s</p>`,
		html.EscapeString(o.EName), message)
	// Most tracebacks begin by repeating the message.
	first, rest, _ := strings.Cut(trace, "\n")
	if strings.HasSuffix(strings.TrimSpace(plainText(first)), o.EValue) {
		trace = strings.Trim(rest, "\n")
	}
	if plainText(trace) != "" {
		fmt.Fprintf(&b, `<pre tabindex="0">%s</pre>`, ansiHTML(trace))
	}
	b.WriteString("</div>")
	return b.String()
}

var position = regexp.MustCompile(`In\[(\d+)\]:(\d+)`)

// failingLine is the line of the cell at which its error happened, by its traceback; 0 if the
// traceback does not say.
func failingLine(c *ipynb.Cell) int {
	for _, o := range c.Outputs {
		if o.Type != ipynb.Error {
			continue
		}
		text := plainText(o.EValue + "\n" + strings.Join(o.Traceback, "\n"))
		for _, m := range position.FindAllStringSubmatch(text, -1) {
			if m[1] == strconv.Itoa(c.ExecutionCount) {
				line, _ := strconv.Atoi(m[2])
				return line
			}
		}
	}
	return 0
}

// bundle picks the representation that nbconvert would pick.
func (p *page) bundle(o *ipynb.Output, id string) string {
	text := func(mime string) (string, bool) {
		s, ok := o.Data[mime].(string)
		return s, ok && s != ""
	}
	plain, _ := text("text/plain")
	if s, ok := text("text/html"); ok {
		p.usesMath = p.usesMath || strings.Contains(s, "<math")
		return fmt.Sprintf(`<div class="out html" id="%s" tabindex="0">%s</div>`, id,
			scoped(balanced(s), id))
	}
	if s, ok := text("text/markdown"); ok {
		if out, err := p.render(s, nil); err == nil {
			return `<div class="out markdown prose">` + out + "</div>"
		}
	}
	if s, ok := text("text/latex"); ok {
		if out, err := p.render(s, nil); err == nil {
			return `<div class="out latex prose">` + out + "</div>"
		}
	}
	for _, mime := range []string{"image/svg+xml", "image/png", "image/jpeg", "image/webp",
		"image/gif"} {
		if uri := dataURI(mime, o.Data[mime]); o.Data[mime] != nil && uri != "" {
			return figure(uri, plain, o.Metadata[mime])
		}
	}
	if v, ok := o.Data["application/json"]; ok {
		if b, err := json.MarshalIndent(v, "", "  "); err == nil {
			return fmt.Sprintf(`<pre class="out result" tabindex="0">%s</pre>`,
				html.EscapeString(string(b)))
		}
	}
	if plain == "" {
		return ""
	}
	return fmt.Sprintf(`<pre class="out result" tabindex="0">%s</pre>`, ansiHTML(plain))
}

// narrowest is how far a drawing shrinks on a narrow page, in CSS pixels, before it scrolls: a
// phone's column, or what keeps the words of a very wide one readable.
func narrowest(width int) int { return min(width, max(340, width*9/20)) }

// figure is a picture with its alternative text; metadata may give its width on the page.
func figure(uri, alt string, metadata any) string {
	width := 0
	if m, ok := metadata.(map[string]any); ok {
		switch w := m["width"].(type) {
		case json.Number:
			f, _ := w.Float64()
			width = int(f)
		case int:
			width = w
		case float64:
			width = int(w)
		}
	}
	attr := ""
	if width > 0 {
		attr = fmt.Sprintf(` width="%d" style="width:min(%dpx,max(100%%,%dpx))"`, width, width,
			narrowest(width))
	}
	return fmt.Sprintf(`<figure class="out" tabindex="0"><img src="%s" alt="%s"%s></figure>`,
		uri, html.EscapeString(alt), attr)
}
