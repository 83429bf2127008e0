package magic

import (
	"context"
	"fmt"
	"io"
	"sync"

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

// Modules fetches packages that were not compiled in, for %go get; *modules.Set is one.
type Modules interface {
	// Get makes the packages of a module importable: spec is path or path@version.
	Get(ctx context.Context, spec string, out io.Writer) error
	// ModFile is the go.mod of the session.
	ModFile() []byte
	// Save writes the go.mod and go.sum of the session into a folder.
	Save(dir string) error
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
	mu      sync.Mutex // guards session, which %reset changes
	session *session.Session
	inputs  inputs
	folder  string // before the last %cd
	depth   int    // files that run one another
}

// New returns an interpreter over the session that fresh makes; %reset makes another.
func New(fresh func() *session.Session, opts Options) *Interpreter {
	return &Interpreter{opts: opts, fresh: fresh, session: fresh()}
}

// Session is the present session; %reset changes it.
func (i *Interpreter) Session() *session.Session {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.session
}

// Execute runs a cell on the calling goroutine until it ends or x is interrupted. The result is
// never nil, and the error, if any, is a *Failure. Positions in it are those of the cell. A
// panic of a goroutine of the running cell ends the cell with an error, as it would end a Go
// program; a later one is told to x.Stderr.
func (i *Interpreter) Execute(src string, x *engine.Exec, h *Host) (*session.Result, error) {
	if h == nil {
		h = &Host{}
	}
	r := i.cellOf(src, x, h)
	g := newGuard(i, x)
	err := r.safely()
	if p := g.end(); p != nil {
		failure := i.Session().PanicError(p)
		failure.Name += " in a goroutine"
		err = failure
	}
	i.inputs.add(r.number, src)
	return r.result, asFailure(err, r.number)
}

// safely runs the cell; a fault of this package must not end the kernel.
func (r *run) safely() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &Failure{Name: "internal error", Value: fmt.Sprint("magic: ", fault)}
		}
	}()
	return r.all()
}
