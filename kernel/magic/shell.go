package magic

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// bang runs a shell command. As in IPython a status that is not 0 does not fail the cell, for
// grep and diff use it to answer; it is told.
func (r *run) bang(s *special) error {
	err := r.command(s)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		fmt.Fprintln(r.stderr(), exit)
		return nil
	}
	return err
}

// dollar runs a shell command as gophernotes does: a status that is not 0 fails the cell.
func (r *run) dollar(s *special) error { return r.command(s) }

func (r *run) command(s *special) error {
	if s.args == "" {
		return fmt.Errorf("magic: %s needs a command", s.sign)
	}
	err := r.program("", "sh", "-c", s.args)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 127 && s.sign == "!" {
		if word := strings.TrimLeft(s.args, "!"); r.isVariable(word) {
			return fmt.Errorf("magic: !%s was given to the shell: a cell writes (!%s)", s.args, s.args)
		}
	}
	return err
}

// isVariable tells whether a word is a variable of the session.
func (r *run) isVariable(word string) bool {
	for _, n := range r.i.Session().Names() {
		if n.Name == word && n.Kind == "var" {
			return true
		}
	}
	return false
}

// script runs the cell with the program that its first line names.
func (r *run) script(s *special) error {
	program, err := words(s.args)
	if err != nil {
		return err
	}
	switch d, _ := find(s); d.name {
	case "%%bash", "%%sh":
		name := strings.TrimPrefix(d.name, "%%")
		if len(program) > 0 {
			program = append([]string{"-s", "-"}, program...)
		}
		program = append([]string{name}, program...)
	}
	if len(program) == 0 {
		return errors.New("magic: %%script needs a program, as %%script python3")
	}
	err = r.program(s.body, program...)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("magic: %%%%%s: there is no program %s here", s.name, program[0])
	}
	return err
}

// Times that a program may take to end.
const (
	politely = 50 * time.Millisecond  // after an interrupt, before it is killed
	drained  = 100 * time.Millisecond // to read what it printed, once it has ended
)

// program runs a program in a process group of its own, with input, or none. What it prints is
// shown as it comes. It ends with its line: so do processes that it leaves behind.
func (r *run) program(input string, args ...string) error {
	if r.x.Interrupted() {
		return interrupted()
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = r.stdout(), r.stderr()
	if input != "" {
		cmd.Stdin = strings.NewReader(input)
	}
	cmd.Env = environment(os.Environ())
	cmd.WaitDelay = drained
	cmd.SysProcAttr = ownGroup()
	start := time.Now()
	defer func() { r.result.Ran += time.Since(start) }()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("magic: %w", err)
	}
	defer leash(cmd)()
	defer endGroup(cmd)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if errors.Is(err, exec.ErrWaitDelay) { // only what it left behind still prints
			err = nil
		}
		return err
	case <-r.x.Context().Done():
	}
	interruptGroup(cmd)
	select {
	case <-ended:
	case <-time.After(politely):
		endGroup(cmd)
		<-ended
	}
	return interrupted()
}

// environment is what commands get of the kernel's own: all but what leads to the front end.
func environment(all []string) []string {
	var list []string
	for _, line := range all {
		name, _, _ := strings.Cut(line, "=")
		if name == "JPY_PARENT_PID" || strings.HasPrefix(name, "CLIPLAB_KERNEL_") {
			continue
		}
		list = append(list, line)
	}
	return list
}
