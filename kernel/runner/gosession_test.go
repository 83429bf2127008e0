package runner_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"cliplab/kernel/runner"
	"cliplab/kernel/session"
)

// TestGoCells runs the real session, without compiled packages.
func TestGoCells(t *testing.T) {
	nb := notebook("x := 20\nx + 1", "println(x)\nvar a []int\na[x] = 1", "y", "for {}", "x")
	sum, err := runner.Run(context.Background(), nb, runner.NewGo(session.Options{}),
		runner.Options{KeepGoing: true, CellTimeout: 200_000_000})
	if err != nil {
		t.Fatal(err)
	}
	wantOutputs(t, nb.Cells[0], "execute_result: 21")
	wantOutputs(t, nb.Cells[4], "execute_result: 20")
	var got []string
	for _, f := range sum.Failures {
		got = append(got, f.Error())
	}
	want := []string{
		"cell 2, line 3: runtime error: index out of range [20] with length 0",
		"cell 3, line 1: compile error: undefined: y",
		"cell 4, line 1: interrupted: the time limit of 200ms is over",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("failures are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	o := nb.Cells[1].Outputs
	if len(o) != 2 || o[0].Name != "stderr" || o[0].Text != "20\n" {
		t.Errorf("outputs are %+v", o)
	}
	if tb := strings.Join(o[1].Traceback, "\n"); !strings.Contains(tb, "In[2]:3") {
		t.Errorf("traceback is %q", tb)
	}
}

// TestCellsLiveOn: goroutines of a cell, and methods of its values, work after it has ended.
func TestCellsLiveOn(t *testing.T) {
	nb := notebook("n := 0\nmu := make(chan bool, 1)\n"+
		"go func() {\n\tfor {\n\t\tmu <- true\n\t\tn++\n\t\t<-mu\n\t}\n}()",
		"a := n\nfor {\n\tmu <- true\n\tb := n\n\t<-mu\n\tif b > a {\n\t\tbreak\n\t}\n}",
		"type P struct{ X int }\n"+
			"func (p P) MIMEBundle() map[string]any { return map[string]any{\"text/plain\": \"own\"} }\n"+
			"P{1}")
	_, err := runner.Run(context.Background(), nb, runner.NewGo(session.Options{}),
		runner.Options{CellTimeout: 20_000_000_000})
	if err != nil {
		t.Fatal(err)
	}
	wantOutputs(t, nb.Cells[2], "execute_result: own")
}

// TestValuesShowWithinTheirCell: the time limit of a cell holds for the methods of its value.
func TestValuesShowWithinTheirCell(t *testing.T) {
	nb := notebook("type slow struct{}\nfunc (slow) String() string { for {} }\nslow{}", "1")
	if _, err := runner.Run(context.Background(), nb, runner.NewGo(session.Options{}),
		runner.Options{CellTimeout: 300_000_000}); err != nil {
		t.Fatal(err)
	}
	wantOutputs(t, nb.Cells[0], "execute_result: (main.slow: showing this value was stopped)")
	wantOutputs(t, nb.Cells[1], "execute_result: 1")
}

// TestSpecialLines: cells are what they are in Jupyter, and a report comes back to its folder.
func TestSpecialLines(t *testing.T) {
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	nb := notebook("!echo shell\n%cd /\n%%\n1", "x := 2\n!echo again\nx")
	if _, err := runner.Run(context.Background(), nb, runner.NewGo(session.Options{}),
		runner.Options{KeepGoing: true}); err != nil {
		t.Fatal(err)
	}
	wantOutputs(t, nb.Cells[1], "stdout: again\n", "execute_result: 2")
	if after, _ := os.Getwd(); after != before {
		t.Errorf("the folder is %s after a run, it was %s", after, before)
	}
}
