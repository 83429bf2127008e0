package display

import (
	"errors"

	"cliplab/kernel/engine"
)

// ErrNoInput is returned where nobody can be asked: in reports, and in front ends that do not
// allow input.
var ErrNoInput = errors.New("display: nobody can be asked here: " +
	"give the value in the cell, or run it in a notebook that one can type in")

// Input asks the user for one line of text and waits for it. An interrupt ends the wait.
func Input(prompt string) (string, error) { return ask(prompt, false) }

// Password asks for one line that is not shown as it is typed.
func Password(prompt string) (string, error) { return ask(prompt, true) }

func ask(prompt string, password bool) (string, error) {
	x := engine.Current()
	if x == nil || x.Input == nil {
		return "", ErrNoInput
	}
	return x.Input(prompt, password)
}

// Clear takes away what the cell has shown so far; with wait, only when it shows something
// new, so that nothing flickers.
func Clear(wait bool) {
	if x := engine.Current(); x != nil && x.Clear != nil {
		x.Clear(wait)
	}
}
