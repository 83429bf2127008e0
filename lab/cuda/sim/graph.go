package sim

import (
	"fmt"

	"cliplab/lab/cuda/driver"
)

// StreamBeginCapture turns what follows on the stream into a graph.
func (m *Machine) StreamBeginCapture(stream driver.Handle, _ uint32) driver.Result {
	leave, r := m.enterContext("StreamBeginCapture")
	defer leave()
	s, found := object[*queue](m, stream)
	if r = max(r, found); r != driver.Success {
		return r
	}
	if s.capture != nil {
		return driver.InvalidValue
	}
	s.capture, s.last = &capture{origin: s, streams: map[*queue]bool{s: true}}, -1
	return driver.Success
}

// StreamEndCapture gives the graph. Work of other streams must have been waited for.
func (m *Machine) StreamEndCapture(stream driver.Handle, h *driver.Handle) driver.Result {
	leave, r := m.enterContext("StreamEndCapture")
	defer leave()
	s, found := object[*queue](m, stream)
	if found != driver.Success {
		return found
	}
	c := s.capture
	if c == nil || c.origin != s {
		return driver.InvalidValue
	}
	end, unjoined := s.last, false
	for other := range c.streams {
		if other != s && other.last >= 0 && !c.leads(other.last, end) {
			unjoined = true
		}
		other.capture, other.last = nil, -1
	}
	switch {
	case r != driver.Success:
		return r
	case c.invalid:
		return driver.CaptureInvalidated
	case unjoined:
		return driver.CaptureUnjoined
	}
	*h = m.put(&graph{c.nodes})
	return driver.Success
}

// leads tells whether node `to` comes after node `from`.
func (c *capture) leads(from, to int) bool {
	if to < 0 || to < from {
		return false
	}
	if to == from {
		return true
	}
	for _, n := range c.nodes[to].needs {
		if c.leads(from, n) {
			return true
		}
	}
	return false
}

// GraphInstantiate makes a graph that can be launched.
func (m *Machine) GraphInstantiate(h *driver.Handle, from driver.Handle) driver.Result {
	leave, r := m.enterContext("GraphInstantiate")
	defer leave()
	g, found := object[*graph](m, from)
	if r = max(r, found); r == driver.Success {
		*h = m.put(&exec{g.nodes})
	}
	return r
}

// GraphExecUpdate takes the arguments of a graph with the same nodes.
func (m *Machine) GraphExecUpdate(h, from driver.Handle) driver.Result {
	leave, r := m.enterContext("GraphExecUpdate")
	defer leave()
	x, found := object[*exec](m, h)
	g, found2 := object[*graph](m, from)
	if r = max(r, found, found2); r != driver.Success {
		return r
	}
	if len(x.nodes) != len(g.nodes) {
		m.detail = fmt.Sprintf("%d nodes, were %d", len(g.nodes), len(x.nodes))
		return driver.GraphUpdateFailure
	}
	for i, n := range g.nodes {
		if n.what != x.nodes[i].what {
			m.detail = fmt.Sprintf("node %d is %s, was %s", i, n.what, x.nodes[i].what)
			return driver.GraphUpdateFailure
		}
	}
	x.nodes = g.nodes
	return driver.Success
}

// GraphLaunch runs all nodes, in the last order that their needs allow.
func (m *Machine) GraphLaunch(h, stream driver.Handle) driver.Result {
	leave, r := m.enterContext("GraphLaunch")
	defer leave()
	x, found := object[*exec](m, h)
	if r = max(r, found); r != driver.Success {
		return r
	}
	nodes := x.nodes
	return m.enqueue(stream, work{what: "graph", run: func() driver.Result {
		for _, i := range lastOrder(nodes) {
			if nodes[i].run == nil {
				continue
			}
			if r := nodes[i].run(); r != driver.Success {
				return r
			}
		}
		return driver.Success
	}})
}

// lastOrder puts nodes that were captured late first, as far as they may.
func lastOrder(nodes []node) []int {
	var order []int
	waits, leads := make([]int, len(nodes)), make([][]int, len(nodes))
	var ready []int
	for i, n := range nodes {
		waits[i] = len(n.needs)
		for _, before := range n.needs {
			leads[before] = append(leads[before], i)
		}
		if waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		latest := 0
		for i, n := range ready {
			if n > ready[latest] {
				latest = i
			}
		}
		n := ready[latest]
		ready = append(ready[:latest], ready[latest+1:]...)
		order = append(order, n)
		for _, next := range leads[n] {
			if waits[next]--; waits[next] == 0 {
				ready = append(ready, next)
			}
		}
	}
	return order
}

// GraphDestroy forgets a graph.
func (m *Machine) GraphDestroy(h driver.Handle) driver.Result {
	leave, r := m.enterContext("GraphDestroy")
	defer leave()
	if _, found := object[*graph](m, h); found != driver.Success {
		return found
	}
	delete(m.objects, h)
	return r
}

// GraphExecDestroy forgets one that was launched.
func (m *Machine) GraphExecDestroy(h driver.Handle) driver.Result {
	leave, r := m.enterContext("GraphExecDestroy")
	defer leave()
	if _, found := object[*exec](m, h); found != driver.Success {
		return found
	}
	delete(m.objects, h)
	return r
}
