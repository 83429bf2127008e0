package magic

import (
	"context"
	"errors"
	"strings"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// habits are what gophernotes declares before the first cell. They are declared when a cell
// first fails for want of them, so that they cost nothing and a cell may use the names.
func habits(name string) string {
	switch name {
	case "display":
		return `import "cliplab/kernel/display"`
	case "Display":
		return `import displayOfKernel "cliplab/kernel/display"
func Display(v any) error { displayOfKernel.Show(v); return nil }`
	}
	return ""
}

// habit is the name that a cell failed to compile for want of, if it is one of the habits.
func habit(err error) string {
	var e *session.CompileError
	if !errors.As(err, &e) {
		return ""
	}
	for _, d := range e.Diags {
		name, ok := strings.CutPrefix(d.Msg, "undefined: ")
		name = strings.TrimRight(strings.Split(name+" ", " ")[0], ",;:(")
		if ok && habits(name) != "" {
			return name
		}
	}
	return ""
}

// adopt declares habits, and is false where the kernel lacks the package.
func (i *Interpreter) adopt(name string) bool {
	x := engine.NewExec(context.Background())
	x.Number = -1
	_, err := i.Session().Execute(habits(name), x)
	return err == nil
}
