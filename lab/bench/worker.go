package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
)

// Program is how a side is started.
type Program struct {
	Name string   // as in "ONNX Runtime (Python)"
	Args []string // command line; the folder of the workload is added
	Env  []string // added to the environment
	Not  []string // names of variables that are left out of it
}

// worker is a side's process.
type worker struct {
	Program
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	fault strings.Builder // what it wrote on stderr
	Info  Reply

	bounds   bounds
	exceeded atomic.Pointer[string] // why guard ended it
}

// start starts a side and asks who it is.
func (p Program) start(ctx context.Context, folder string) (*worker, error) {
	w := &worker{Program: p}
	args := append(slices.Clone(p.Args[1:]), folder)
	w.cmd = exec.CommandContext(ctx, p.Args[0], args...)
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !slices.Contains(p.Not, name) {
			w.cmd.Env = append(w.cmd.Env, v)
		}
	}
	w.cmd.Env = append(w.cmd.Env, p.Env...)
	w.cmd.Stderr = &w.fault
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("bench: %s: %w", p.Name, err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("bench: %s: %w", p.Name, err)
	}
	w.out = bufio.NewReaderSize(out, 1<<20)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("bench: %s: %w", p.Name, err)
	}
	if w.Info, err = w.ask(Request{Do: "info"}); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// ask sends a line and waits for the answer. The worker runs only meanwhile: of all sides there
// is one at a time that uses the machine.
func (w *worker) ask(r Request) (Reply, error) {
	w.resume()
	defer w.pause()
	defer w.guard()()
	line, err := json.Marshal(r)
	if err != nil {
		return Reply{}, fmt.Errorf("bench: %s: %w", w.Name, err)
	}
	if _, err := w.in.Write(append(line, '\n')); err != nil {
		return Reply{}, w.died(err)
	}
	line, err = w.out.ReadBytes('\n')
	if err != nil {
		return Reply{}, w.died(err)
	}
	var reply Reply
	if err := json.Unmarshal(line, &reply); err != nil {
		return Reply{}, fmt.Errorf("bench: %s answered %.80q: %w", w.Name, line, err)
	}
	if reply.Error != "" {
		return reply, fmt.Errorf("bench: %s: %s", w.Name, strings.TrimPrefix(reply.Error, "bench: "))
	}
	return reply, nil
}

// died says why a worker does not answer: the last line that it wrote.
func (w *worker) died(err error) error {
	w.close()
	if why := w.exceeded.Load(); why != nil {
		return fmt.Errorf("bench: %s %s", w.Name, *why)
	}
	lines := strings.Split(strings.TrimSpace(w.fault.String()), "\n")
	if last := lines[len(lines)-1]; last != "" {
		err = errors.New(last)
	}
	return fmt.Errorf("bench: %s ended: %w", w.Name, err)
}

func (w *worker) close() {
	w.resume() // one that is stopped does not end
	_ = w.in.Close()
	_ = w.cmd.Wait() // its exit status says nothing that an answer did not
}
