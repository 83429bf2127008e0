package widgets

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"cliplab/kernel/display"
	"cliplab/kernel/engine"
)

// Area is a widget that shows what code prints and shows. It is an io.Writer too.
type Area struct {
	Control

	mu      sync.Mutex
	run     int // counts what Redraw ran
	outputs []*shown
	clear   bool // before the next output
	size    int  // bytes of text
	timer   *time.Timer
}

// shown is one output in an area.
type shown struct {
	id             string
	stream         string          // "stdout", "stderr"; empty for a bundle or an error
	text           strings.Builder // of the stream
	data, metadata map[string]any
	failure        map[string]any
}

// Bounds on what an area holds, against loops that print without end.
const (
	maxShown = 200
	maxSize  = 512 << 10
)

// Output is an empty area.
func Output(options ...Option) *Area { return &Area{Control: build("Output", options, nil)} }

// Do calls f and takes what it prints and shows, until f and the goroutines that it starts have
// ended. A panic of f is shown too, and goes no further.
func (w *Area) Do(f func()) { w.do(func(int) bool { return true }, f) }

// Redraw is Do in place of what the area showed before, which stays until there is something
// new.
func (w *Area) Redraw(f func()) {
	w.mu.Lock()
	w.run++
	mine := w.run
	w.clear = true
	w.mu.Unlock()
	w.do(func(now int) bool { return now == mine }, f)
	w.mu.Lock()
	if w.clear && w.run == mine { // nothing new came
		w.empty()
	}
	w.mu.Unlock()
	w.flush()
}

// do runs f; what comes when the area has been given to another run is dropped.
func (w *Area) do(current func(run int) bool, f func()) {
	stream := func(name string) io.Writer {
		return writer(func(p []byte) {
			w.change(current, func() { w.print(name, p) })
		})
	}
	r := display.Recorder{
		Stdout: stream("stdout"), Stderr: stream("stderr"),
		Show: func(o display.Output) { w.change(current, func() { w.show(o) }) },
		Clear: func(wait bool) {
			w.change(current, func() {
				w.clear = true
				if !wait {
					w.empty()
				}
			})
		},
	}
	if err := display.Here().Capture(r, f); err != nil {
		w.change(current, func() { w.fail(err) })
	}
	w.flush()
}

type writer func(p []byte)

func (f writer) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// Show adds values to the area.
func (w *Area) Show(vs ...any) {
	for _, v := range vs {
		data, metadata := display.Bundle(v)
		w.change(always, func() { w.show(display.Output{Data: data, Metadata: metadata}) })
	}
	w.flush()
}

// Write adds text to the area: fmt.Fprintln(area, …).
func (w *Area) Write(p []byte) (int, error) {
	w.change(always, func() { w.print("stdout", p) })
	return len(p), nil
}

// Clear takes away what the area shows.
func (w *Area) Clear() {
	w.change(always, w.empty)
	w.flush()
}

func always(int) bool { return true }

// change changes the outputs, and sees to it that the front end hears of it soon.
func (w *Area) change(current func(run int) bool, f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !current(w.run) {
		return
	}
	f()
	if w.timer == nil { // all is sent each time: the more there is, the less often
		w.timer = time.AfterFunc(window+time.Duration(w.size>>10)*time.Millisecond, w.flush)
	}
}

// flush tells the front end what the area shows now.
func (w *Area) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	list := make([]any, len(w.outputs))
	for i, o := range w.outputs {
		list[i] = o.notebook()
	}
	w.m.set(state{"outputs": list})
}

func (w *Area) empty() { w.outputs, w.size, w.clear = nil, 0, false }

// add appends an output, unless there are too many.
func (w *Area) add(o *shown) {
	if w.clear {
		w.empty()
	}
	if len(w.outputs) < maxShown {
		w.outputs = append(w.outputs, o)
	}
}

func (w *Area) print(name string, p []byte) {
	if w.clear {
		w.empty()
	}
	if w.size > maxSize {
		return
	}
	text := strings.ToValidUTF8(string(p), "\ufffd")
	if w.size += len(text); w.size > maxSize {
		text = fmt.Sprintf("\n… more than %d kB are not shown …\n", maxSize>>10)
	}
	if n := len(w.outputs); n == 0 || w.outputs[n-1].stream != name {
		w.add(&shown{stream: name})
	}
	if o := w.outputs[len(w.outputs)-1]; o.stream == name {
		o.text.WriteString(text)
	}
}

func (w *Area) show(o display.Output) {
	if o.Update && o.ID != "" {
		found := false
		for _, old := range w.outputs {
			if old.id == o.ID {
				old.data, old.metadata, found = o.Data, o.Metadata, true
			}
		}
		if found {
			return
		}
	}
	w.add(&shown{id: o.ID, data: o.Data, metadata: o.Metadata})
}

// fail shows what ended the code of the area.
func (w *Area) fail(err error) {
	var p *engine.Panic
	name, value := "interrupted", "interrupted"
	trace := []string{}
	switch {
	case errors.As(err, &p):
		name, value = "panic", p.Error()
		for _, f := range p.Frames {
			if !f.Native && f.Pos.IsValid() {
				trace = append(trace, fmt.Sprintf("  %s:%d", f.Pos.Filename, f.Pos.Line))
			}
		}
	case !errors.Is(err, engine.ErrInterrupted):
		name, value = "error", err.Error()
	}
	w.add(&shown{failure: map[string]any{"output_type": "error", "ename": name, "evalue": value,
		"traceback": append([]any{name + ": " + value}, texts(trace)...)}})
}

// notebook is the output as a notebook's file has it.
func (o *shown) notebook() map[string]any {
	switch {
	case o.failure != nil:
		return o.failure
	case o.stream != "":
		return map[string]any{"output_type": "stream", "name": o.stream, "text": o.text.String()}
	}
	data := map[string]any{}
	for mime, v := range o.data {
		switch b, binary := v.([]byte); {
		case !binary:
			if s, ok := v.(string); ok {
				data[mime] = strings.ToValidUTF8(s, "\ufffd")
			} else if _, err := json.Marshal(v); err == nil {
				data[mime] = v
			}
		case strings.HasPrefix(mime, "text/") || mime == display.MimeSVG:
			data[mime] = strings.ToValidUTF8(string(b), "\ufffd")
		default:
			data[mime] = base64.StdEncoding.EncodeToString(b)
		}
	}
	metadata := o.metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	return map[string]any{"output_type": "display_data", "data": data, "metadata": metadata}
}
