package magic

import (
	"fmt"
	"io"
	"os"
	"strings"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
	"cliplab/kernel/session"
)

// run is one execution of a cell.
type run struct {
	i      *Interpreter
	x      *engine.Exec
	h      *Host
	cell   string
	number int // of the cell, once the session has given it one
	index  int // of the next part
	result *session.Result
}

// cellOf is a run of a cell; its Go parts share the number that the first of them gets.
func (i *Interpreter) cellOf(cell string, x *engine.Exec, h *Host) *run {
	return &run{i: i, x: x, h: h, cell: cell, result: &session.Result{}}
}

// all runs the pieces of the cell in the order of their lines. Only the last one has a value.
func (r *run) all() error {
	list := split(r.cell)
	if len(list) == 1 && list[0].special == nil {
		return r.goText(r.cell)
	}
	if err := r.goText(""); err != nil { // takes the number, and shows the lines to the session
		return err
	}
	if err := r.check(list); err != nil {
		return err
	}
	for _, p := range list {
		r.result.Values, r.result.Types, r.result.Quiet = nil, nil, false
		if r.x.Interrupted() {
			return interrupted()
		}
		var err error
		if p.special == nil {
			err = r.goText(only(r.cell, p.from, p.to))
		} else if err = r.special(p.special); err != nil {
			err = r.at(p.special, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check finds what cannot work before anything runs: Go that does not parse, and special lines
// that nobody knows.
func (r *run) check(list []piece) error {
	for _, p := range list {
		if p.special != nil {
			if _, err := find(p.special); err != nil {
				return r.at(p.special, err)
			}
			continue
		}
		text := only(r.cell, p.from, p.to)
		if status, _ := r.i.Session().IsComplete(text); status != "complete" {
			if err := r.goText(text); err != nil { // it changes nothing
				return err
			}
		}
	}
	return nil
}

// goText runs a Go part of the cell, and declares what gophernotes declares if that is missing.
func (r *run) goText(text string) error {
	err := r.part(text)
	last := ""
	for want := habit(err); want != "" && want != last && r.i.adopt(want); want = habit(err) {
		err, last = r.part(text), want
	}
	return err
}

func (r *run) part(text string) error {
	whole := r.cell
	if r.number == 0 && r.index == 0 && text == r.cell {
		whole = text
	}
	res, err := r.i.Session().ExecutePart(session.Part{
		Cell: whole, Text: text, Number: r.number, Index: r.index}, r.x)
	r.number = res.N
	r.index++
	res.Warnings = append(r.result.Warnings, res.Warnings...)
	res.Notes = append(r.result.Notes, res.Notes...)
	res.Ran += r.result.Ran
	r.result = res
	return err
}

// special runs a special line.
func (r *run) special(s *special) error {
	d, err := find(s)
	if err != nil {
		return err
	}
	return d.run(r, s)
}

// at gives an error of a special line the place of that line; errors of Go have theirs.
func (r *run) at(s *special, err error) error {
	f := asFailure(err, r.number).(*Failure)
	if f.Line > 0 {
		return f
	}
	f.Line = s.line
	if f.Err == nil || len(f.Traceback) == 1 {
		f.Traceback = []string{f.Error(), fmt.Sprintf("at In[%d]:%d", r.number, s.line),
			"  " + r.lineText(s.line)}
	}
	return f
}

func (r *run) lineText(n int) string {
	lines := strings.SplitN(r.cell, "\n", n+1)
	return strings.TrimRight(lines[n-1], "\r")
}

// interrupted is what a special line fails with when the cell is interrupted.
func interrupted() error { return &Failure{Name: "interrupted", Value: "interrupted"} }

// stdout and stderr are where the cell prints.
func (r *run) stdout() io.Writer { return either(r.x.Stdout, os.Stdout) }
func (r *run) stderr() io.Writer { return either(r.x.Stderr, os.Stderr) }

func either(w io.Writer, otherwise *os.File) io.Writer {
	if w == nil {
		return otherwise
	}
	return w
}

// show displays a value in the middle of the cell, as text where nothing else can be shown.
func (r *run) show(v any) {
	data, metadata := display.Bundle(v)
	if r.x.Display == nil {
		fmt.Fprintln(r.stdout(), data[display.MimeText])
		return
	}
	r.x.Display(data, metadata, "", false)
}

// page shows help beside the notebook, or below the cell.
func (r *run) page(data map[string]any) {
	switch {
	case r.h.Page != nil:
		r.h.Page(data)
	case r.x.Display != nil:
		r.x.Display(data, map[string]any{}, "", false)
	default:
		fmt.Fprintln(r.stdout(), data[display.MimeText])
	}
}
