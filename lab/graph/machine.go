package graph

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
)

// Machine runs a graph of this package's ops as a tape machine does: the first time by one, then
// without its book-keeping. All ops own their outputs, and inputs are written in place, so that
// a later run is the same ops in the same order on the same memory, to the same bits. A tape
// machine makes some 5 small objects for each node in each run, and a goroutine; this makes none.
//
// Outputs share memory where none but the nodes to keep are read after a run. A graph that holds
// other ops than those of this package is run by the tape machine always, and shares nothing.
// Inputs must not be replaced by G.Let.
type Machine struct {
	tape  G.VM
	graph *G.ExprGraph
	order []*op // of the first run; nil before
	stock bool  // other ops are in the graph
}

// NewMachine compiles a graph. Of the nodes only those to keep hold their values after a run;
// with none named, all do. It panics when the graph is empty, as G.NewTapeMachine does.
func NewMachine(g *G.ExprGraph, keep ...*G.Node) *Machine {
	m := &Machine{tape: G.NewTapeMachine(g), graph: g}
	for _, n := range g.AllNodes() {
		if _, ours := n.Op().(*op); !ours && n.Op() != nil && n.Op().Arity() > 0 {
			m.stock = true
		}
	}
	if len(keep) > 0 && !m.stock {
		newPool(g, keep)
	}
	return m
}

// RunAll runs the whole graph.
func (m *Machine) RunAll() error {
	if m.order != nil {
		return m.replay()
	}
	m.tape.Reset()
	err := m.tape.RunAll()
	var order []*op
	for _, n := range m.graph.AllNodes() {
		if o, ok := n.Op().(*op); ok && !o.same {
			o.pool = nil // it has its memory now; after an error the rest get memory of their own
			order = append(order, o)
		}
	}
	if err != nil || m.stock {
		return err
	}
	m.order = order
	slices.SortFunc(m.order, func(a, b *op) int { return int(a.ran) - int(b.ran) })
	return nil
}

func (m *Machine) replay() (err error) {
	name := ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("graph: %s: %v", name, r)
		}
	}()
	for _, o := range m.order {
		name = o.name
		o.again()
	}
	return nil
}

// Reset does nothing: every run starts from the inputs. It makes a Machine a G.VM.
func (m *Machine) Reset() {}

// Close ends the tape machine.
func (m *Machine) Close() error { return m.tape.Close() }

// Gradients are parameters with their gradients, looked up once for many steps.
type Gradients struct {
	nodes    G.Nodes
	values   []G.Value
	learning []Learning
}

// NewGradients is for nodes that G.Grad has given gradients.
func NewGradients(nodes G.Nodes) *Gradients {
	return &Gradients{nodes, make([]G.Value, len(nodes)), make([]Learning, len(nodes))}
}

// Learning are the nodes' numbers and gradients after a run, shared with them.
func (g *Gradients) Learning() ([]Learning, error) {
	for i, n := range g.nodes {
		v, err := n.Grad()
		if err == nil && v != nil && v == g.values[i] {
			continue
		}
		if g.learning[i], err = LearningOf(n); err != nil {
			return nil, err
		}
		g.values[i] = v
	}
	return g.learning, nil
}
