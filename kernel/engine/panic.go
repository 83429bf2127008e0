package engine

import (
	"errors"
	"fmt"
	"go/token"
)

// ErrInterrupted is returned when the cell was stopped by Exec.Interrupt or by
// the end of its context.
var ErrInterrupted = errors.New("engine: interrupted")

// ExitError is returned when the cell called os.Exit.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit %d", e.Code) }

// Panic is a panic that no deferred call recovered.
type Panic struct {
	Value  any     // what was passed to panic, or a runtime.Error
	Frames []Frame // innermost first
	text   string  // of Value, once its methods were asked
}

// Error is the text that Go prints after "panic: ".
func (p *Panic) Error() string {
	if p.text == "" {
		return p.describe()
	}
	return p.text
}

// describe asks the value, whose methods may be interpreted.
func (p *Panic) describe() string {
	switch v := p.Value.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	if loops(p.Value) {
		return "(a value that contains itself)"
	}
	return fmt.Sprint(p.Value)
}

// Frame is one interpreted call that was in flight.
type Frame struct {
	Func   string         // as in main.f or main.(*T).m
	Pos    token.Position // of the call or of the failing operation
	Native bool           // stands for compiled code between interpreted calls
}
