package magic

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"cliplab/kernel/display"
)

// help prints what a special line does, or all of them.
func (r *run) help(s *special) error {
	if s.args == "" {
		fmt.Fprint(r.stdout(), overview())
		return nil
	}
	text, ok := helpOf(s.args)
	if !ok {
		return unknown(s.args)
	}
	fmt.Fprintln(r.stdout(), text)
	return nil
}

// helpOf is the help of one special line, named with or without its sign.
func helpOf(name string) (string, bool) {
	if other, ok := aliases()[name]; ok {
		name = other
	}
	for _, sign := range []string{"", "%", "%%"} {
		for _, d := range table() {
			if d.name == sign+name {
				return strings.TrimSpace(d.name+" "+d.args) + "\n    " + d.help, true
			}
		}
	}
	return "", false
}

// overview lists all special lines with a sentence each.
func overview() string {
	var b strings.Builder
	b.WriteString("A cell is Go, with special lines among it. They stand where a statement may " +
		"begin;\na line that starts with %% stands first and takes the whole cell.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, d := range table() {
		fmt.Fprintf(w, "%s\t%s\n", strings.TrimSpace(d.name+" "+d.args), d.help)
	}
	w.Flush()
	return b.String()
}

func (r *run) lsmagic(*special) error {
	var lines, cells []string
	for _, d := range table() {
		if strings.HasPrefix(d.name, "%%") {
			cells = append(cells, d.name)
		} else {
			lines = append(lines, d.name)
		}
	}
	fmt.Fprintf(r.stdout(), "Special lines:\n%s\n\nSpecial cells:\n%s\n\n"+
		"%%help says what each does.\n",
		strings.Join(lines, "  "), strings.Join(cells, "  "))
	return nil
}

// question shows help beside the notebook.
func (r *run) question(s *special) error {
	if s.name == "" {
		r.page(map[string]any{display.MimeText: overview()})
		return nil
	}
	if text, ok := helpOf(s.name); ok && strings.HasPrefix(s.name, "%") {
		r.page(map[string]any{display.MimeText: text})
		return nil
	}
	detail := len(s.sign) - 1
	info, ok := r.i.Inspect(s.name, len(s.name), detail)
	if !ok {
		return fmt.Errorf("magic: nothing is known of %s", s.name)
	}
	r.page(dataOf(info))
	return nil
}
