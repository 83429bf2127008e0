package magic

import (
	"context"
	"fmt"
	"io"

	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// Host is what a front end can do for a running cell. A field is nil where it cannot.
type Host struct {
	Input     func(prompt string, password bool) (string, error) // asks the user for a line
	Page      func(data map[string]any)                          // shows help beside the notebook
	NextInput func(text string, replace bool)                    // puts text into a cell
	Clear     func(wait bool)                                    // clears the outputs of the cell
}

// Modules fetches packages that were not compiled in, for %go get.
type Modules interface {
	// Get makes the packages of a module importable: spec is path or path@version.
	Get(ctx context.Context, spec string, out io.Writer) error
	// List tells the required modules and their versions, one a line.
	List() []string
	// ModFile is the go.mod of the session.
	ModFile() string
}

// Options say what special lines may use. The zero value is a kernel without modules.
type Options struct {
	Modules Modules // nil: %go get is refused
	Version string  // of the kernel, for %go version
}

// Interpreter executes cells. Execute may be called by one goroutine at a time; Complete,
// Inspect and IsComplete at any time.
type Interpreter struct {
	opts    Options
	fresh   func() *session.Session
	session *session.Session
}

// New returns an interpreter over the session that fresh makes; %reset makes another.
func New(fresh func() *session.Session, opts Options) *Interpreter {
	return &Interpreter{opts: opts, fresh: fresh, session: fresh()}
}

// Session is the present session; %reset changes it.
func (i *Interpreter) Session() *session.Session { return i.session }

// Execute runs a cell on the calling goroutine until it ends or x is interrupted. The result is
// never nil, and the error, if any, is a *Failure. Positions in it are those of the cell. A
// panic of a goroutine of the running cell ends the cell with an error, as it would end a Go
// program; a later one is told to x.Stderr.
func (i *Interpreter) Execute(src string, x *engine.Exec, h *Host) (r *session.Result, err error) {
	if h == nil {
		h = &Host{}
	}
	r = &session.Result{N: x.Number}
	defer func() {
		if fault := recover(); fault != nil { // a fault of ours must not end the kernel
			err = asFailure(&Failure{Name: "internal error",
				Value: fmt.Sprint("magic: ", fault)}, r.N)
		}
	}()
	g := newGuard(i.session, x)
	r, err = i.session.Execute(src, x)
	if p := g.end(); p != nil {
		failure := i.session.PanicError(p)
		failure.Name += " in a goroutine"
		err = failure
	}
	return r, asFailure(err, r.N)
}

// IsComplete tells whether src can be executed: "complete", "incomplete" if more lines must
// follow, which start with indent, or "invalid".
func (i *Interpreter) IsComplete(src string) (status, indent string) {
	return i.session.IsComplete(src)
}
