package runner

import (
	"context"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
	"cliplab/kernel/magic"
	"cliplab/kernel/session"
)

// NewGo returns an executor over a fresh session of Go cells, with the special lines that the
// Jupyter kernel knows.
func NewGo(opt session.Options) Executor {
	fresh := func() *session.Session { return session.New(opt) }
	return Over(magic.New(fresh, magic.Options{}))
}

// Over returns an executor of the cells of an interpreter.
func Over(cells *magic.Interpreter) Executor { return &goExecutor{cells: cells} }

type goExecutor struct{ cells *magic.Interpreter }

// Execute runs a cell. When ctx is done the cell is interrupted.
func (g *goExecutor) Execute(ctx context.Context, source string, out Outputs) (Result, error) {
	x := engine.NewExec(ctx)
	x.Stdout, x.Stderr = out.Stdout, out.Stderr
	x.Display = func(bundle, meta map[string]any, id string, update bool) {
		out.Display(display.Output{Data: bundle, Metadata: meta, ID: id, Update: update})
	}
	x.Clear = out.Clear
	res, err := g.cells.Execute(source, x, nil)
	result := Result{Notes: res.Notes}
	if err == nil && len(res.Values) > 0 && !res.Quiet {
		// Methods of the values run as code of the cell, so that its end stops them too.
		err = x.Do(func() { result.Data, result.Metadata = display.Values(res.Values) })
	}
	for _, w := range res.Warnings {
		result.Warnings = append(result.Warnings, w.String())
	}
	return result, err
}
