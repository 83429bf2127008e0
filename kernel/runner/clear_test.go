package runner_test

import (
	"context"
	"fmt"
	"testing"

	"cliplab/kernel/display"
	"cliplab/kernel/runner"
)

// TestClear: what a cell clears is not in the notebook, but only once something else is if
// the clearing waits.
func TestClear(t *testing.T) {
	cells := fake{
		"now": func(_ context.Context, out runner.Outputs) (runner.Result, error) {
			fmt.Fprint(out.Stdout, "a")
			fmt.Fprint(out.Stderr, "b")
			out.Clear(false)
			return runner.Result{}, nil
		},
		"wait": func(_ context.Context, out runner.Outputs) (runner.Result, error) {
			for i := range 3 {
				out.Clear(true)
				fmt.Fprint(out.Stdout, i)
			}
			out.Clear(true)
			return runner.Result{}, nil
		},
		"result": func(_ context.Context, out runner.Outputs) (runner.Result, error) {
			fmt.Fprint(out.Stdout, "a")
			out.Clear(true)
			data, _ := display.Values([]any{1})
			return runner.Result{Data: data}, nil
		},
	}
	nb := notebook("now", "wait", "result")
	if _, err := runner.Run(context.Background(), nb, cells, runner.Options{}); err != nil {
		t.Fatal(err)
	}
	wantOutputs(t, nb.Cells[0])
	wantOutputs(t, nb.Cells[1], "stdout: 2")
	wantOutputs(t, nb.Cells[2], "execute_result: 1")
}
