package magic

import (
	"bytes"
	"fmt"
	"go/token"
	"sync"

	"cliplab/kernel/display"
)

// content shows the text below %%html, %%markdown and their kin.
func (r *run) content(s *special) error {
	switch d, _ := find(s); d.name {
	case "%%html":
		r.show(display.HTML(s.body))
	case "%%markdown":
		r.show(display.Markdown(s.body))
	case "%%latex":
		r.show(display.MakeData(display.MimeLatex, s.body))
	case "%%svg":
		r.show(display.SVG(s.body))
	case "%%javascript":
		r.show(display.MakeData3(display.MIMETypeJavaScript, "JavaScript", s.body))
	}
	return nil
}

// mostCaptured bounds what %%capture keeps of each stream.
const mostCaptured = 64 << 20

// capture runs the cell below it and keeps what it prints and shows.
func (r *run) capture(s *special) error {
	name := s.args
	if name != "" && !token.IsIdentifier(name) {
		return fmt.Errorf("magic: %%%%capture: %q is no name of a variable", name)
	}
	var kept display.Captured
	var mu sync.Mutex
	stdout, stderr := &limited{mu: &mu}, &limited{mu: &mu}
	whole := r.x
	r.x = whole.Branch(whole.Context())
	r.x.Stdout, r.x.Stderr = stdout, stderr
	r.x.Display = func(data, metadata map[string]any, _ string, _ bool) {
		mu.Lock()
		defer mu.Unlock()
		kept.Outputs = append(kept.Outputs, display.MIME(data, metadata))
	}
	err := r.below(s)
	r.x = whole
	mu.Lock()
	kept.Stdout, kept.Stderr = stdout.b.String(), stderr.b.String()
	mu.Unlock()
	if vs := r.result.Values; err == nil && len(vs) > 0 && !r.result.Quiet {
		kept.Outputs = append(kept.Outputs, display.MIME(display.Values(vs)))
	}
	r.result.Values, r.result.Types = nil, nil
	if name == "" {
		return err
	}
	declare := `import displayOfKernel "cliplab/kernel/display"; var ` + name +
		` displayOfKernel.Captured`
	if err2 := r.hidden(declare); err2 != nil {
		return err2
	}
	if err2 := r.i.Session().Set(name, kept); err2 != nil {
		return err2
	}
	return err
}

// below runs the Go below a special line; special lines may stand in it too.
func (r *run) below(s *special) error {
	from := len(r.cell) - len(s.body)
	for _, p := range split(s.body) {
		r.result.Values, r.result.Types, r.result.Quiet = nil, nil, false
		if p.special == nil {
			if err := r.goText(only(r.cell, from+p.from, from+p.to)); err != nil {
				return err
			}
			continue
		}
		p.special.line += s.line
		if err := r.special(p.special); err != nil {
			return r.at(p.special, err)
		}
	}
	return nil
}

// hidden runs Go of our own as a cell that nobody counts.
func (r *run) hidden(source string) error {
	counted := r.x.Number
	r.x.Number = -1
	defer func() { r.x.Number = counted }()
	_, err := r.i.Session().Execute(source, r.x)
	return err
}

// limited keeps the first part of what is written.
type limited struct {
	mu *sync.Mutex
	b  bytes.Buffer
}

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := mostCaptured - l.b.Len(); room > 0 {
		l.b.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}
