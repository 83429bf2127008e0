package runner_test

import (
	"context"
	"runtime/metrics"
	"strings"
	"testing"

	"cliplab/kernel/runner"
	"cliplab/kernel/session"
)

// TestMemory: a cell that fills the memory is interrupted, and what it held can be let go.
func TestMemory(t *testing.T) {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(s)
	limit := int64(s[0].Value.Uint64()) + 200<<20
	nb := notebook("kept := 7", "var all [][]byte\nfor {\n\tall = append(all, make([]byte, 8<<20))\n}",
		"all = nil", "for range 100 {\n\t_ = make([]byte, 8<<20) // garbage does not count\n}\nkept")
	sum, err := runner.Run(context.Background(), nb, runner.NewGo(session.Options{}),
		runner.Options{KeepGoing: true, Memory: limit})
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Failures) != 1 || sum.Failures[0].Number != 2 {
		t.Fatalf("failures are %v", sum.Failures)
	}
	if msg := sum.Failures[0].Error(); !strings.Contains(msg, "interrupted: the notebook holds "+
		"more than 0.") || !strings.Contains(msg, "set variables to nil") {
		t.Errorf("message is %q", msg)
	}
	wantOutputs(t, nb.Cells[3], "execute_result: 7")
}
