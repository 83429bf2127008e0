package runner

import (
	"fmt"
	"io"
	"sync"

	"cliplab/kernel/display"
	"cliplab/kernel/ipynb"
)

// Bounds on the outputs of one cell, against loops that show or alternate without end.
const (
	maxSegments = 64   // pieces of stdout and stderr
	maxOutputs  = 1000 // outputs in all
)

// collector gathers the outputs of one cell, in order. It goes on to take what goroutines of
// the cell print after it has ended, until the run closes it.
type collector struct {
	mu       sync.Mutex
	limits   Limits
	spill    func(name string) (io.WriteCloser, string, error)
	displays *displays
	outputs  []*ipynb.Output
	streams  map[*ipynb.Output]*stream
	last     map[string]*ipynb.Output // latest piece of stdout and of stderr
	dropped  int
	clearing bool // before the next output
	closed   bool
}

// displays finds outputs by display id, in all cells of a run.
type displays struct {
	mu   sync.Mutex
	byID map[string][]*ipynb.Output

	closed bool // the run is over: outputs must not change any more
}

func (d *displays) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
}

func newCollector(l Limits, d *displays) *collector {
	return &collector{limits: l, displays: d, streams: map[*ipynb.Output]*stream{},
		last: map[string]*ipynb.Output{}}
}

// writer is the stream "stdout" or "stderr" of the cell.
func (c *collector) writer(name string) io.Writer { return &streamWriter{c, name} }

type streamWriter struct {
	c    *collector
	name string
}

func (w *streamWriter) Write(p []byte) (int, error) {
	c := w.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return len(p), nil
	}
	c.clearFirst()
	return c.segment(w.name).Write(p)
}

// segment is the stream to append to: the latest output if it has that name, else a new one.
func (c *collector) segment(name string) *stream {
	if n := len(c.outputs); n > 0 {
		if o := c.outputs[n-1]; o.Type == ipynb.Stream && o.Name == name {
			return c.streams[o]
		}
	}
	if o := c.last[name]; o != nil && len(c.streams) >= maxSegments {
		return c.streams[o]
	}
	o := &ipynb.Output{Type: ipynb.Stream, Name: name}
	var open spiller
	if c.spill != nil {
		file := name
		if c.last[name] != nil {
			file = fmt.Sprintf("%s-%d", name, len(c.streams)+1)
		}
		open = func() (io.WriteCloser, string, error) { return c.spill(file) }
	}
	s := newStream(c.limits, open)
	c.streams[o], c.last[name] = s, o
	c.outputs = append(c.outputs, o)
	return s
}

// display is the Sink of the cell. An update changes every output that carries the id; if
// there is none yet, it becomes the first.
func (c *collector) display(o display.Output) {
	metadata := o.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	c.displays.mu.Lock()
	defer c.displays.mu.Unlock()
	if c.displays.closed {
		return
	}
	if old := c.displays.byID[o.ID]; o.Update && o.ID != "" && len(old) > 0 {
		for _, out := range old {
			out.Data, out.Metadata = o.Data, metadata
		}
		return
	}
	out := &ipynb.Output{Type: ipynb.DisplayData, Data: o.Data, Metadata: metadata}
	if c.add(out) && o.ID != "" {
		c.displays.byID[o.ID] = append(c.displays.byID[o.ID], out)
	}
}

func (c *collector) add(out *ipynb.Output) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.outputs) >= maxOutputs && out.Type == ipynb.DisplayData {
		c.dropped++
		return false
	}
	c.clearFirst()
	c.outputs = append(c.outputs, out)
	return true
}

// clear takes away what the cell has shown: now, or when it shows something new.
func (c *collector) clear(wait bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clearing = true
	if !wait {
		c.clearFirst()
	}
}

func (c *collector) clearFirst() {
	if !c.clearing || c.closed {
		return
	}
	for _, s := range c.streams {
		s.close()
	}
	c.clearing, c.outputs, c.dropped = false, nil, 0
	c.streams, c.last = map[*ipynb.Output]*stream{}, map[string]*ipynb.Output{}
}

// result adds the value of the cell.
func (c *collector) result(res Result, count int) {
	c.add(&ipynb.Output{Type: ipynb.ExecuteResult, Data: res.Data, Metadata: res.Metadata,
		ExecutionCount: count})
}

// failure adds the error of the cell.
func (c *collector) failure(f *Failure) {
	c.add(&ipynb.Output{Type: ipynb.Error, EName: f.Name, EValue: f.Value,
		Traceback: f.Traceback})
}

// flush brings the cell's outputs up to date with what was collected so far.
func (c *collector) flush(cell *ipynb.Cell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for o, s := range c.streams {
		o.Text = s.text()
	}
	cell.Outputs = append([]*ipynb.Output{}, c.outputs...)
	if c.dropped > 0 {
		cell.Outputs = append(cell.Outputs, &ipynb.Output{Type: ipynb.Stream, Name: "stderr",
			Text: fmt.Sprintf("… %s further outputs not shown …\n", thousands(c.dropped))})
	}
}

// close ends the collection and the spill files.
func (c *collector) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, s := range c.streams {
		s.close()
	}
}
