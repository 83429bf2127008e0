package main

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"cliplab/kernel/engine"
	"cliplab/kernel/magic"
)

// once calls f when something is first written to it.
type once struct {
	sync.Once
	f func()
}

func (o *once) Write(p []byte) (int, error) {
	o.Do(o.f)
	return len(p), nil
}

// trainOn runs in a session, and is interrupted when it first prints.
func trainOn(t *testing.T, i *magic.Interpreter, cell string, interrupt func(*engine.Exec)) (
	string, *magic.Failure) {
	t.Helper()
	x := engine.NewExec(context.Background())
	x.Stdout, x.Stderr = &once{f: func() { interrupt(x) }}, &bytes.Buffer{}
	end := time.AfterFunc(time.Minute, func() { x.Interrupt(); x.Interrupt() })
	defer end.Stop()
	r, err := i.Execute(cell, x, &magic.Host{})
	var failure *magic.Failure
	if err != nil && !errors.As(err, &failure) {
		t.Fatal(err)
	}
	if failure == nil && len(r.Values) > 0 {
		s, _ := r.Values[0].(string)
		return s, nil
	}
	return "", failure
}

// TestInterruptedTraining: the interrupt button stops a training between two steps, and the cell
// ends as interrupted at the line of the call, with the model and its history in the variables,
// as lesson 03 says. What does not stop by itself is broken off by the second interrupt.
func TestInterruptedTraining(t *testing.T) {
	i := newCells()
	never := func(*engine.Exec) { t.Error("a cell that was not to print did") }
	for _, cell := range []string{deviceCells[0].cell, `import "context"
cfg.Device, cfg.Steps = "cpu", 1<<20
cfg.Watch = func(h *train.History) error {
	if h.Steps() == 5 {
		fmt.Print("five")
	}
	return nil
}`} {
		if _, failure := trainOn(t, i, cell, never); failure != nil {
			t.Fatal(failure)
		}
	}
	const run = "\nmodel, history, err := train.Run(ctx, cfg, few{})\nif err != nil {\n\tpanic(err)\n}"
	_, failure := trainOn(t, i, run, (*engine.Exec).Interrupt)
	if failure == nil || failure.Name != "interrupted" || failure.Line != 2 {
		t.Errorf("ended by %+v, want an interrupt at line 2", failure)
	}
	const kept = "fmt.Sprint(history.Steps() >= 5 && history.Steps() == len(history.Loss), " +
		"model != nil, errors.Is(err, context.Canceled))"
	if got, failure := trainOn(t, i, kept, never); failure != nil || got != "true true true" {
		t.Errorf("%v: the history has its steps, there is a model and an error: %s", failure, got)
	}
	const stuck = "cfg.Watch = func(*train.History) error {\n\tfmt.Print(1)\n\tfor {\n\t}\n}\n" +
		"train.Run(ctx, cfg, few{})"
	_, failure = trainOn(t, i, stuck, func(x *engine.Exec) {
		x.Interrupt()
		time.AfterFunc(300*time.Millisecond, x.Interrupt)
	})
	if failure == nil || failure.Name != "interrupted" || failure.Line != 3 {
		t.Errorf("ended by %+v, want an interrupt at line 3", failure)
	}
}
