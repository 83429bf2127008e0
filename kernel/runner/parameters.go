package runner

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"cliplab/kernel/ipynb"
)

// Parameter sets a variable of the notebook.
type Parameter struct{ Name, Value string }

// ParseParameter reads NAME=VALUE. The value is a Go expression, such as 12, 0.5, true or
// []int{1, 2}; what is none is taken as a string.
func ParseParameter(s string) (Parameter, error) {
	name, value, ok := strings.Cut(s, "=")
	name = strings.TrimSpace(name)
	if !ok || !token.IsIdentifier(name) || name == "_" {
		return Parameter{}, fmt.Errorf("runner: parameter %q is not NAME=VALUE with a Go name, "+
			"such as steps=50", s)
	}
	if !literal(value) {
		value = strconv.Quote(value)
	}
	return Parameter{name, value}, nil
}

// literal is true for Go expressions other than a lone word: -p mode=fast means "fast".
func literal(value string) bool {
	if value == "true" || value == "false" || value == "nil" {
		return true
	}
	_, err := parser.ParseExpr(value)
	return err == nil && !token.IsIdentifier(value) && !strings.Contains(value, "\n")
}

// inject puts a cell that sets the parameters behind the one tagged "parameters", as papermill
// does, with the tag "injected-parameters". It assigns, so that variables keep their types and
// a name that the notebook does not have is an error. Without such a cell it declares them.
func inject(nb *ipynb.Notebook, params []Parameter) {
	if len(params) == 0 {
		return
	}
	at, assign := 0, ":="
	var cells []*ipynb.Cell
	for _, c := range nb.Cells {
		if c.HasTag("injected-parameters") {
			continue
		}
		cells = append(cells, c)
		if c.Type == ipynb.Code && c.HasTag("parameters") {
			at, assign = len(cells), "="
		}
	}
	lines := []string{"// Set on the command line."}
	for _, p := range params {
		lines = append(lines, fmt.Sprintf("%s %s %s", p.Name, assign, p.Value))
	}
	cell := &ipynb.Cell{
		Type: ipynb.Code, Source: strings.Join(lines, "\n"),
		Metadata: map[string]any{"tags": []any{"injected-parameters"}},
	}
	nb.Cells = slices.Insert(cells, at, cell)
}
