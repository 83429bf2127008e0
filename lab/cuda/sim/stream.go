package sim

import (
	"bytes"
	"fmt"
	"sync"
	"unsafe"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/ptx"
)

// work is one entry of a stream, or node of a graph.
type work struct {
	what string // for graphs to be compared
	run  func() driver.Result

	after *mark // it waits for a mark
}

// queue is a queue. Marks count what has been put in and done.
type queue struct {
	entries []work
	put     int
	done    int
	capture *capture
	last    int // node of the capture that the stream ended with, −1 none
}

// mark is a place in a stream, or a node of a capture.
type mark struct {
	stream  *queue
	at      int
	capture *capture
	node    int
}

type event struct{ mark *mark }

type capture struct {
	origin  *queue
	streams map[*queue]bool
	nodes   []node
	invalid bool
}

type node struct {
	work
	needs []int
}

type graph struct{ nodes []node }

type exec struct{ nodes []node }

type module struct{ parsed *ptx.Module }

type function struct{ kernel *ptx.Kernel }

// enqueue puts work into a stream, or into its capture.
func (m *Machine) enqueue(h driver.Handle, w work) driver.Result {
	s, r := object[*queue](m, h)
	if r != driver.Success {
		return r
	}
	c := s.capture
	if c == nil {
		s.entries = append(s.entries, w)
		s.put++
		return driver.Success
	}
	n := node{work: w}
	if s.last >= 0 {
		n.needs = append(n.needs, s.last)
	}
	c.nodes = append(c.nodes, n)
	s.last = len(c.nodes) - 1
	return driver.Success
}

// reach runs a stream until it has done n entries.
func (m *Machine) reach(s *queue, n int) driver.Result {
	for s.done < n {
		w := s.entries[0]
		s.entries = s.entries[1:]
		s.done++ // before, so that streams that wait for each other end
		if w.after != nil {
			if r := m.reach(w.after.stream, w.after.at); r != driver.Success {
				return r
			}
		}
		if w.run == nil {
			continue
		}
		if r := w.run(); r != driver.Success {
			return r
		}
	}
	return driver.Success
}

// StreamCreate makes a queue.
func (m *Machine) StreamCreate(stream *driver.Handle, _ uint32) driver.Result {
	leave, r := m.enterContext("StreamCreate")
	defer leave()
	if r == driver.Success {
		*stream = m.put(&queue{last: -1})
	}
	return r
}

// StreamDestroy finishes the queue and removes it.
func (m *Machine) StreamDestroy(stream driver.Handle) driver.Result {
	leave, r := m.enterContext("StreamDestroy")
	defer leave()
	s, found := object[*queue](m, stream)
	if found != driver.Success {
		return found
	}
	if r == driver.Success {
		r = m.reach(s, s.put)
	}
	delete(m.objects, stream)
	return r
}

// StreamSynchronize does the stream's work.
func (m *Machine) StreamSynchronize(stream driver.Handle) driver.Result {
	leave, r := m.enterContext("StreamSynchronize")
	defer leave()
	s, found := object[*queue](m, stream)
	switch {
	case r != driver.Success:
		return r
	case found != driver.Success:
		return found
	case s.capture != nil:
		s.capture.invalid = true
		return driver.CaptureUnsupported
	}
	return m.reach(s, s.put)
}

// EventCreate makes a mark that no stream holds.
func (m *Machine) EventCreate(e *driver.Handle, _ uint32) driver.Result {
	leave, r := m.enterContext("EventCreate")
	defer leave()
	if r == driver.Success {
		*e = m.put(&event{})
	}
	return r
}

// EventDestroy removes it.
func (m *Machine) EventDestroy(h driver.Handle) driver.Result {
	leave, r := m.enterContext("EventDestroy")
	defer leave()
	if _, found := object[*event](m, h); found != driver.Success {
		return found
	}
	delete(m.objects, h)
	return r
}

// EventRecord marks where the stream is now.
func (m *Machine) EventRecord(h, stream driver.Handle) driver.Result {
	leave, r := m.enterContext("EventRecord")
	defer leave()
	e, found := object[*event](m, h)
	s, found2 := object[*queue](m, stream)
	if r = max(r, found, found2); r != driver.Success {
		return r
	}
	e.mark = &mark{stream: s, at: s.put, capture: s.capture, node: s.last}
	return driver.Success
}

// StreamWaitEvent holds the stream until the mark; one that was never set holds nothing. A mark
// within a capture takes the stream into it.
func (m *Machine) StreamWaitEvent(stream, h driver.Handle, _ uint32) driver.Result {
	leave, r := m.enterContext("StreamWaitEvent")
	defer leave()
	e, found := object[*event](m, h)
	s, found2 := object[*queue](m, stream)
	if r = max(r, found, found2); r != driver.Success || e.mark == nil {
		return r
	}
	c := e.mark.capture
	if c == nil {
		return m.enqueue(stream, work{what: "wait", after: e.mark})
	}
	n := node{work: work{what: "wait"}, needs: []int{e.mark.node}}
	if e.mark.node < 0 {
		n.needs = nil
	}
	if s.capture == nil {
		s.capture, s.last = c, -1
		c.streams[s] = true
	}
	if s.last >= 0 {
		n.needs = append(n.needs, s.last)
	}
	c.nodes = append(c.nodes, n)
	s.last = len(c.nodes) - 1
	return driver.Success
}

// EventSynchronize does work up to the mark.
func (m *Machine) EventSynchronize(h driver.Handle) driver.Result {
	leave, r := m.enterContext("EventSynchronize")
	defer leave()
	e, found := object[*event](m, h)
	if r = max(r, found); r != driver.Success || e.mark == nil {
		return r
	}
	return m.reach(e.mark.stream, e.mark.at)
}

// EventElapsedTime is one millisecond for each entry of a stream between.
func (m *Machine) EventElapsedTime(ms *float32, start, end driver.Handle) driver.Result {
	leave, r := m.enterContext("EventElapsedTime")
	defer leave()
	a, found := object[*event](m, start)
	b, found2 := object[*event](m, end)
	switch {
	case max(r, found, found2) != driver.Success:
		return max(r, found, found2)
	case a.mark == nil || b.mark == nil:
		return driver.InvalidHandle
	case b.mark.stream.done < b.mark.at:
		return driver.NotReady
	}
	*ms = float32(b.mark.at - a.mark.at)
	return driver.Success
}

// ModuleLoadData parses PTX that ends with a zero byte.
func (m *Machine) ModuleLoadData(h *driver.Handle, image []byte) driver.Result {
	leave, r := m.enterContext("ModuleLoadData")
	defer leave()
	if r != driver.Success {
		return r
	}
	text, _, ended := bytes.Cut(image, []byte{0})
	if !ended {
		m.detail = "the image does not end with a zero byte"
		return driver.InvalidImage
	}
	parsed, err := compile(string(text))
	if err != nil {
		m.detail = err.Error()
		return driver.InvalidPTX
	}
	*h = m.put(&module{parsed})
	return driver.Success
}

// compiled keeps what was parsed, as the driver keeps on disk what it compiled.
var compiled sync.Map

func compile(text string) (*ptx.Module, error) {
	if m, ok := compiled.Load(text); ok {
		return m.(*ptx.Module), nil
	}
	m, err := ptx.Parse(text)
	if err == nil {
		compiled.Store(text, m)
	}
	return m, err
}

// ModuleUnload forgets a module and its kernels.
func (m *Machine) ModuleUnload(h driver.Handle) driver.Result {
	leave, r := m.enterContext("ModuleUnload")
	defer leave()
	mod, found := object[*module](m, h)
	if found != driver.Success {
		return found
	}
	for at, o := range m.objects {
		if f, ok := o.(*function); ok && mod.parsed.Kernel(f.kernel.Name) == f.kernel {
			delete(m.objects, at)
		}
	}
	delete(m.objects, h)
	return r
}

// ModuleGetFunction finds a kernel.
func (m *Machine) ModuleGetFunction(f *driver.Handle, h driver.Handle, name string) driver.Result {
	leave, r := m.enterContext("ModuleGetFunction")
	defer leave()
	mod, found := object[*module](m, h)
	if r = max(r, found); r != driver.Success {
		return r
	}
	k := mod.parsed.Kernel(name)
	if k == nil {
		return driver.NotFound
	}
	*f = m.put(&function{k})
	return driver.Success
}

// LaunchKernel reads the arguments now and runs the kernel later.
func (m *Machine) LaunchKernel(h driver.Handle, grid, block [3]uint32, shared uint32,
	stream driver.Handle, params []unsafe.Pointer) driver.Result {
	leave, r := m.enterContext("LaunchKernel")
	defer leave()
	f, found := object[*function](m, h)
	if r = max(r, found); r != driver.Success {
		return r
	}
	k := f.kernel
	if len(params) != len(k.Params) || grid[1] > 65535 || grid[2] > 65535 ||
		grid[0]*grid[1]*grid[2] == 0 || block[0]*block[1]*block[2] == 0 ||
		block[0]*block[1]*block[2] > 1024 || shared > 0 {
		m.detail = fmt.Sprintf("%d arguments of %d", len(params), len(k.Params))
		return driver.InvalidValue
	}
	l := ptx.Launch{Memory: m.memory(), Backwards: m.options.Backwards}
	for i := range 3 {
		l.Grid[i], l.Block[i] = int(grid[i]), int(block[i])
	}
	for i, p := range k.Params {
		l.Params = append(l.Params, make([]byte, p.Offset-len(l.Params))...)
		l.Params = append(l.Params, unsafe.Slice((*byte)(params[i]), p.Size)...)
	}
	return m.enqueue(stream, work{what: k.Name, run: func() driver.Result {
		m.launches++
		if err := k.Run(l); err != nil {
			return m.fail(driver.IllegalAddress, err.Error())
		}
		return driver.Success
	}})
}
