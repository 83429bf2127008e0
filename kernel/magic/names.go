package magic

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"cliplab/kernel/display"
	"cliplab/kernel/session"
)

// chosen are the names of a kind that cells have declared.
func (r *run) chosen(s *special) ([]session.Name, error) {
	kind := strings.TrimSpace(s.args)
	switch kind {
	case "", "var", "func", "type", "const", "package":
	default:
		return nil, fmt.Errorf("magic: %%%s: %q is none of var, func, type, const, package",
			s.name, kind)
	}
	var list []session.Name
	for _, n := range r.i.Session().Names() {
		hidden := n.Kind == "package" && strings.HasSuffix(n.Name, "OfKernel") ||
			n.Cell >= hiddenNumbers && habits(n.Name) != ""
		if !hidden && (kind == "" || n.Kind == kind) {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(r.stdout(), "No cell has declared anything yet.")
	}
	return list, nil
}

func (r *run) who(s *special) error {
	list, err := r.chosen(s)
	if err != nil || len(list) == 0 {
		return err
	}
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = n.Name
	}
	fmt.Fprintln(r.stdout(), strings.Join(names, "  "))
	return nil
}

func (r *run) whos(s *special) error {
	list, err := r.chosen(s)
	if err != nil || len(list) == 0 {
		return err
	}
	w := tabwriter.NewWriter(r.stdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Name\tKind\tType\tValue\n")
	for _, n := range list {
		value := ""
		if v, ok := r.i.Session().Value(n); ok {
			value = short(display.Text(v), 60)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", n.Name, n.Kind, short(n.Type, 40), value)
	}
	return w.Flush()
}

// short is a text on one line of at most n letters.
func short(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

func (r *run) reset(*special) error {
	fresh := r.i.fresh()
	r.i.mu.Lock()
	r.i.session = fresh
	r.i.mu.Unlock()
	fmt.Fprintln(r.stdout(), "Everything that cells have declared is forgotten.")
	return nil
}

func (r *run) history(s *special) error {
	list, err := words(s.args)
	if err != nil {
		return err
	}
	numbered := len(list) > 0 && list[0] == "-n"
	if numbered {
		list = list[1:]
	}
	cells, err := r.i.inputs.choose(list)
	if err != nil {
		return err
	}
	for _, c := range cells {
		if numbered {
			fmt.Fprintf(r.stdout(), "%4d: ", c.number)
		}
		fmt.Fprintln(r.stdout(), strings.TrimRight(c.source, "\n"))
	}
	return nil
}
