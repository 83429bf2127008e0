package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"cliplab/kernel/capture"
	"cliplab/kernel/display"
	"cliplab/kernel/ipynb"
)

// Options steer a run. The zero value runs all cells, stops at the first that fails, and
// never interrupts one.
type Options struct {
	KeepGoing   bool          // go on after a cell that failed
	CellTimeout time.Duration // interrupt a cell after this time; 0 means never
	Parameters  []Parameter   // set after the cell tagged "parameters"
	Limits      Limits        // on printed text
	Memory      int64         // bytes at which a cell is interrupted; 0 is most of what is free
	Progress    func(Event)   // told at the start and end of each cell; may be nil

	// Spill opens the file that takes the whole of a stream that is longer than the limits,
	// and says how to name it to the reader. Without it the middle of such a stream is lost.
	Spill func(cell int, stream string) (io.WriteCloser, string, error)
}

// Event tells how a run proceeds.
type Event struct {
	Number, Total int // of the cell, from 1, among those that are executed
	Cell          *ipynb.Cell
	State         State
	Elapsed       time.Duration // of the cell, once it has ended
	Failure       *Failure      // if State is Failed or Expected
}

// State is what happened to a cell.
type State int

// The states of a cell.
const (
	Started  State = iota
	Done           // ended well
	Failed         // ended with an error
	Expected       // ended with the error that its tag raises-exception announces
)

// Summary is what a run came to.
type Summary struct {
	Cells, Executed int // code cells that are neither blank nor tagged skip-execution
	Failures        []CellError
	Elapsed         time.Duration
}

// CellError is the failure of one cell.
type CellError struct {
	Number int // the n of In[n]
	*Failure
}

// Error names the cell, the line, and what happened.
func (e *CellError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("cell %d, line %d: %s", e.Number, e.Line, e.Failure)
	}
	return fmt.Sprintf("cell %d: %s", e.Number, e.Failure)
}

// Unwrap is the failure.
func (e *CellError) Unwrap() error { return e.Failure }

// grace is how long an interrupted cell may take to stop. Compiled code cannot be stopped:
// after it the run ends, because the session is still busy.
const grace = 5 * time.Second

// errStuck ends a run whose cell cannot be stopped.
var errStuck = errors.New("the cell did not stop when it was interrupted")

// Run executes the code cells of nb and puts their outputs, counts and times into it. It
// returns the *CellError that stopped the run, or ctx's error if the run was cancelled; the
// notebook then holds what was reached. With KeepGoing failures are in the summary only.
//
// While it runs, os.Stdout and os.Stderr belong to the cells: keep the files to print to the
// terminal. Only one Run may be active in a process.
func Run(ctx context.Context, nb *ipynb.Notebook, ex Executor, opt Options) (*Summary, error) {
	if err := CheckLanguage(nb); err != nil {
		return nil, err
	}
	inject(nb, opt.Parameters)
	r := &run{opt: opt, ex: ex, displays: &displays{byID: map[string][]*ipynb.Output{}}}
	for _, c := range nb.Cells {
		if c.Type == ipynb.Code {
			c.Outputs, c.ExecutionCount = nil, 0
			if c.FirstLine() != "" && !c.HasTag("skip-execution") {
				r.cells = append(r.cells, c)
			}
		}
	}
	var err error
	if r.capture, err = capture.Start(); err != nil {
		return nil, err
	}
	defer r.capture.Stop()
	if r.opt.Memory == 0 {
		r.opt.Memory = defaultMemory()
	}
	defer collectBelow(r.opt.Memory)()
	defer r.watchMemory(r.opt.Memory)()
	if folder, err := os.Getwd(); err == nil { // a cell may have gone to another: %cd
		defer os.Chdir(folder)
	}
	start := time.Now()
	err = r.all(ctx)
	for i, c := range r.collectors { // goroutines may have printed after their cell
		c.close()
		c.flush(r.cells[i])
	}
	r.displays.close()
	r.interrupt(nil)
	r.summary.Cells = len(r.cells)
	r.summary.Elapsed = time.Since(start)
	describe(nb, start, r.summary.Elapsed)
	return &r.summary, err
}

// run is the state of one Run.
type run struct {
	opt        Options
	ex         Executor
	cells      []*ipynb.Cell
	collectors []*collector
	displays   *displays
	mu         sync.Mutex
	cancels    []context.CancelCauseFunc // of all cells: their goroutines may still run
	capture    *capture.Capture
	summary    Summary
}

func (r *run) all(ctx context.Context) error {
	for i, cell := range r.cells {
		if err := ctx.Err(); err != nil {
			return err
		}
		col := newCollector(r.opt.Limits, r.displays)
		r.collectors = append(r.collectors, col)
		if r.opt.Spill != nil {
			col.spill = func(stream string) (io.WriteCloser, string, error) {
				return r.opt.Spill(i+1, stream)
			}
		}
		if err := r.one(ctx, i+1, cell, col); err != nil {
			return err
		}
	}
	return nil
}

// one runs a cell; its error ends the run.
func (r *run) one(ctx context.Context, number int, cell *ipynb.Cell, col *collector) error {
	r.tell(Event{Number: number, Cell: cell, State: Started})
	r.summary.Executed++
	cell.ExecutionCount = number
	start := time.Now()
	res, err := r.execute(ctx, cell.Source, col)
	elapsed := time.Since(start)
	stampTimes(cell, start, start.Add(elapsed))
	event := Event{Number: number, Cell: cell, State: Done, Elapsed: elapsed}
	if err == nil {
		for _, n := range res.Notes {
			col.display(display.Output{Data: display.Note(n).MIMEBundle()})
		}
		for _, w := range res.Warnings {
			fmt.Fprintln(col.writer("stderr"), "warning: "+w)
		}
		if res.Data != nil {
			col.result(res, number)
		}
		col.flush(cell)
		r.tell(event)
		return nil
	}
	event.Failure = asFailure(err)
	col.failure(event.Failure)
	col.flush(cell)
	failure := CellError{number, event.Failure}
	event.State = Failed
	if cell.HasTag("raises-exception") && !errors.Is(err, errStuck) && ctx.Err() == nil {
		event.State = Expected
		r.tell(event)
		return nil
	}
	r.summary.Failures = append(r.summary.Failures, failure)
	r.tell(event)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if r.opt.KeepGoing && !errors.Is(err, errStuck) {
		return nil
	}
	return &failure
}

// execute runs the cell under its time limit, with all outputs directed to col.
func (r *run) execute(ctx context.Context, source string, col *collector) (Result, error) {
	// The context lives on after the cell: its goroutines do, and so do methods of its values.
	cctx, cancel := context.WithCancelCause(ctx)
	r.mu.Lock()
	r.cancels = append(r.cancels, cancel)
	r.mu.Unlock()
	if t := r.opt.CellTimeout; t > 0 {
		timer := time.AfterFunc(t, func() { cancel(fmt.Errorf("the time limit of %v is over", t)) })
		defer timer.Stop()
	}
	stdout, stderr := col.writer("stdout"), col.writer("stderr")
	r.capture.Direct(stdout, stderr)
	defer display.SetSink(col.display)()
	type outcome struct {
		Result
		error
	}
	ended := make(chan outcome, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				ended <- outcome{error: &Failure{Name: "internal error", Value: fmt.Sprint(p)}}
			}
		}()
		res, err := r.ex.Execute(cctx, source, Outputs{stdout, stderr, col.display, col.clear})
		ended <- outcome{res, err}
	}()
	var out outcome
	select {
	case out = <-ended:
	case <-cctx.Done():
		select {
		case out = <-ended:
		case <-time.After(grace):
			out.error = errStuck
		}
	}
	r.capture.Drain()
	if cause := context.Cause(cctx); cause != nil && out.error != nil {
		if cause == context.Canceled {
			cause = errors.New("the run was cancelled")
		}
		out.error = interruption(out.error, cause)
	}
	return out.Result, out.error
}

// interrupt stops the running cell and the goroutines of all before.
func (r *run) interrupt(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, cancel := range r.cancels {
		cancel(cause)
	}
	r.cancels = nil
}

// interruption is the failure of a cell that was stopped: why, and where it was.
func interruption(err, cause error) error {
	f := *asFailure(err)
	f.Name, f.Value = "interrupted", cause.Error()
	if len(f.Traceback) > 0 { // its first line says only that it was interrupted
		f.Traceback = append([]string{f.Error()}, f.Traceback[1:]...)
	}
	if errors.Is(err, errStuck) {
		return fmt.Errorf("%w; %w", cause, errStuck)
	}
	return &f
}

func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Name: "error", Value: err.Error(), Traceback: []string{err.Error()}}
}

func (r *run) tell(e Event) {
	if r.opt.Progress != nil {
		e.Total = len(r.cells)
		r.opt.Progress(e)
	}
}
