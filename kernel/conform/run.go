package conform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Options say how programs are run.
type Options struct {
	// Command returns a process that runs One on a program and calls Tell.
	Command  func(ctx context.Context, file string) *exec.Cmd
	Limit    time.Duration // for one program, default 20 s
	Parallel int           // programs at once, default 1
	Done     func(Outcome) // told of each program as it ends; may be nil
}

// Report is how all programs went, in their order.
type Report struct {
	Passed   int       `json:"passed"`
	Failed   int       `json:"failed"`
	Outcomes []Outcome `json:"outcomes"`
}

// verdict begins the line in which a process tells its outcome.
const verdict = "conform: "

// Tell writes the outcome of One as a process that Options.Command starts must.
func Tell(w io.Writer, reason string) {
	b, _ := json.Marshal(reason)
	fmt.Fprintf(w, "\n%s%s\n", verdict, b)
}

// Run runs programs of a directory.
func Run(ctx context.Context, dir string, programs []string, o Options) *Report {
	if o.Limit == 0 {
		o.Limit = 20 * time.Second
	}
	r := &Report{Outcomes: make([]Outcome, len(programs))}
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := 0
	for range max(1, o.Parallel) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(programs) || ctx.Err() != nil {
					return
				}
				out := o.run(ctx, dir, programs[i])
				mu.Lock()
				r.add(i, out)
				if o.Done != nil {
					o.Done(out)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return r
}

func (r *Report) add(i int, out Outcome) {
	r.Outcomes[i] = out
	if out.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
}

// run runs one program in a process.
func (o *Options) run(ctx context.Context, dir, program string) Outcome {
	ctx, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	start := time.Now()
	cmd := o.Command(ctx, filepath.Join(dir, program))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Dir = dir // as Go's own runner does
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	reason := outcome(out.String(), err)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		reason = fmt.Sprintf("took longer than %v", o.Limit)
	}
	return Outcome{program, reason == "", reason, time.Since(start).Seconds()}
}

// outcome reads what a process told, or why it could not.
func outcome(out string, err error) string {
	for line := range strings.Lines(out) {
		if text, ok := strings.CutPrefix(line, verdict); ok {
			var reason string
			if json.Unmarshal([]byte(text), &reason) == nil {
				return reason
			}
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "fatal error:") || strings.HasPrefix(line, "panic:") ||
			strings.HasPrefix(line, "runtime:") || strings.HasPrefix(line, "SIG") {
			return oneLine("ended the process: " + line)
		}
	}
	if err == nil {
		err = errors.New("no outcome told")
	}
	return oneLine("ended the process: " + err.Error() + said([]byte(out)))
}
