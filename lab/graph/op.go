package graph

import (
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"
	"unsafe"

	"github.com/chewxy/hm"
	_ "go4.org/unsafe/assume-no-moving-gc" // Gorgonia asks for a version that knows this Go
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"cliplab/lab/pages"
)

func init() {
	// Gorgonia returns a tensor to its pool twice when values are unbound between steps.
	tensor.DontUsePool()
}

// op is any op of this package. What keeps it safe from Gorgonia's ways:
//
//   - its hash holds a number of its own, so that no two nodes become one;
//   - its type is concrete, taken from its children, so that nothing is left to infer;
//   - it owns its output and overwrites no input, so that values of the last run can be read;
//   - a panic within Do comes back as an error: the tape runs on a goroutine of its own, where
//     it would end the process.
type op struct {
	id    uint64
	name  string
	types hm.Type
	shape tensor.Shape
	arity int

	// run computes out from the inputs; both are row-major.
	run func(out []float32, in [][]float32)
	// grads gives the gradient node of each input, nil for those without.
	grads func(inputs G.Nodes, output, grad *G.Node) G.Nodes
	// wanted tells which inputs have a gradient; apply takes out those that nothing learned
	// stands behind, so that grads can leave their nodes away.
	wanted []bool
	// constant says that the output's gradient is of no use: no input has one.
	constant bool
	same     bool // the output is the input itself

	rows *sequences // whose rows of the output are in use; nil is all

	ran    uint64  // when it ran last, counted over all ops; see Machine
	pool   *pool   // where its output comes from; nil: it is this op's own
	value  G.Value // owned
	out    []float32
	inputs []G.Value // of the last run, and their numbers
	in     [][]float32
}

var ids atomic.Uint64

// apply makes the node of an op.
func apply(o *op, inputs ...*G.Node) *G.Node {
	o.id, o.arity = ids.Add(1), len(inputs)
	o.constant = o.grads != nil
	for i, n := range inputs[:len(o.wanted)] {
		if child, ok := n.Op().(*op); ok && child.constant {
			o.wanted[i] = false
		}
		o.constant = o.constant && !o.wanted[i]
	}
	if len(inputs) > 0 && len(o.shape) == 3 && inputs[0].Dims() == 3 && o.rows == nil {
		o.rows = rowsOf(inputs[0])
	}
	types := make([]hm.Type, 0, len(inputs)+1)
	for _, n := range inputs {
		types = append(types, n.Type())
	}
	var out hm.Type = tensor.Float32
	if len(o.shape) > 0 {
		out = G.TensorType{Dims: len(o.shape), Of: tensor.Float32}
	}
	o.types = hm.NewFnType(append(types, out)...)
	node, err := G.ApplyOp(o, inputs...)
	if err != nil {
		panic(fmt.Sprintf("graph: %s: %v", o.name, err))
	}
	return node
}

// Do runs the op. Its value is valid until the next run.
func (o *op) Do(values ...G.Value) (v G.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("graph: %s: %v", o.name, r)
		}
	}()
	if o.same {
		return values[0], nil
	}
	if o.value == nil {
		o.value, o.out = o.pool.take(o)
		o.inputs, o.in = make([]G.Value, len(values)), make([][]float32, len(values))
	}
	for i, v := range values {
		if v != o.inputs[i] {
			o.inputs[i], o.in[i] = v, numbers(v)
		}
	}
	o.ran = runs.Add(1)
	o.again()
	o.pool.release(o)
	return o.value, nil
}

var runs atomic.Uint64

// again runs the op on the inputs that it has.
func (o *op) again() {
	o.run(o.out, o.in)
	if f := watcher.Load(); f != nil {
		shape, out := o.shape, o.out
		if o.rows != nil {
			width := shape[len(shape)-1]
			n := o.rows.first[o.rows.batch]
			shape, out = []int{n, width}, out[:n*width]
		}
		(*f)(o.name, shape, out)
	}
}

// rowsOf says whose rows of a node are in use; nil is all.
func rowsOf(n *G.Node) *sequences {
	if o, ok := n.Op().(*op); ok {
		return o.rows
	}
	return nil
}

// Arity is the number of inputs.
func (o *op) Arity() int { return o.arity }

// Type is the concrete type of the function.
func (o *op) Type() hm.Type { return o.types }

// InferShape is the shape of the output, known since the op was made.
func (o *op) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.shape, nil }

// ReturnsPtr is false: the value is no input's.
func (o *op) ReturnsPtr() bool { return false }

// CallsExtern is false: no cgo, no device.
func (o *op) CallsExtern() bool { return false }

// OverwritesInput is −1: none.
func (o *op) OverwritesInput() int { return -1 }

// WriteHash tells every op from every other.
func (o *op) WriteHash(h hash.Hash) { fmt.Fprintf(h, "cliplab/lab/graph %s %d", o.name, o.id) }

// Hashcode is the hash of WriteHash.
func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// String is the name, as drawings of the graph show it.
func (o *op) String() string { return o.name }

// DiffWRT tells which inputs have gradients.
func (o *op) DiffWRT(int) []bool { return o.wanted }

// SymDiff adds the nodes of the gradients to the graph.
func (o *op) SymDiff(inputs G.Nodes, output, grad *G.Node) (G.Nodes, error) {
	if o.grads == nil {
		return nil, fmt.Errorf("graph: %s has no second derivative", o.name)
	}
	return o.grads(inputs, output, grad), nil
}

// fixed is x without a gradient: a frozen parameter. Its value is x's own.
func fixed(x *G.Node) *G.Node {
	o := &op{name: "Frozen", shape: x.Shape(), wanted: []bool{false}, same: true,
		run: func([]float32, [][]float32) {}}
	o.grads = func(G.Nodes, *G.Node, *G.Node) G.Nodes { return G.Nodes{nil} }
	return apply(o, x)
}

func newValue(shape tensor.Shape) (G.Value, []float32) {
	if len(shape) == 0 {
		v := G.NewF32(0)
		return v, numbers(v)
	}
	data := pages.Floats(shape.TotalSize())
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)), data
}

// numbers are the float32 that a value holds, shared with it.
func numbers(v G.Value) []float32 {
	switch v := v.(type) {
	case *G.F32:
		return unsafe.Slice((*float32)(v), 1)
	case *tensor.Dense:
		if data, ok := v.Data().([]float32); ok && !v.RequiresIterator() {
			return data
		}
	}
	panic(fmt.Sprintf("value of type %T is no contiguous float32", v))
}

var watcher atomic.Pointer[func(name string, shape []int, out []float32)]

// Watch calls f after every op of this package that a tape machine runs, until stop is called:
// to see a graph work, or, when f waits, to step through it. f must not keep out. Of a tower's
// texts it sees [rows, width], the tokens of one after another.
func Watch(f func(name string, shape []int, out []float32)) (stop func()) {
	g := func(name string, shape []int, out []float32) { f(name, shape, out) }
	watcher.Store(&g)
	return func() { watcher.CompareAndSwap(&g, nil) }
}
