package main

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	g "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Settings of AdamW, as the other sides have them.
const (
	rate, beta1, beta2 = 1e-4, 0.9, 0.98
	epsilon, decay     = 1e-6, 0.2
)

// stepper takes steps of training: forward, backward, AdamW, all of them one graph.
type stepper struct {
	backend compute.Backend
	exec    *g.Exec
	names   []string          // of parameters, sorted
	state   []*tensors.Tensor // parameters, their means, their means of squares
	pixels  *tensors.Tensor
	ids     *tensors.Tensor
	losses  []float32
}

func newStepper(folder, model string) (*stepper, error) {
	all, err := readStep(folder, model)
	if err != nil {
		return nil, err
	}
	pixels, tokens := all["pixels"], all["tokens"]
	delete(all, "pixels")
	delete(all, "tokens")
	s := &stepper{names: slices.Sorted(maps.Keys(all))}
	ids := make([]int32, len(tokens.data))
	for i, id := range tokens.data {
		ids[i] = int32(id)
	}
	s.pixels = tensors.FromFlatDataAndDimensions(pixels.data, pixels.shape...)
	s.ids = tensors.FromFlatDataAndDimensions(ids, tokens.shape...)
	for range 3 { // the means begin as zeros
		for _, n := range s.names {
			s.state = append(s.state, tensors.FromFlatDataAndDimensions(all[n].data, all[n].shape...))
		}
		for n, v := range all {
			all[n] = values{v.shape, make([]float32, len(v.data))}
		}
	}
	// Ops one after another, each on all threads: side by side, as is the default, they wait for
	// each other without end in three of four runs on two threads ("all goroutines are asleep").
	if s.backend, err = gobackend.New("ops_sequential"); err != nil {
		return nil, err
	}
	s.exec, err = g.NewExec(s.backend, s.graph)
	return s, err
}

// graph is a step: what comes after pixels, ids and two scalars is the state, and after the loss
// the state to come.
func (s *stepper) graph(in []*g.Node) []*g.Node {
	pixels, ids, unbias, unbiasSquare := in[0], in[1], in[2], in[3]
	n := len(s.names)
	params, means, squares := in[4:4+n], in[4+n:4+2*n], in[4+2*n:]
	p := clip{}
	for i, name := range s.names {
		p[name] = params[i]
	}
	loss := p.loss(pixels, ids)
	out := make([]*g.Node, 1+3*n)
	out[0] = loss
	for i, grad := range g.Gradient(loss, params...) {
		mean := g.Add(g.MulScalar(means[i], beta1), g.MulScalar(grad, 1-beta1))
		square := g.Add(g.MulScalar(squares[i], beta2), g.MulScalar(g.Square(grad), 1-beta2))
		step := g.Div(g.Mul(mean, unbias), g.AddScalar(g.Sqrt(g.Mul(square, unbiasSquare)), epsilon))
		x := params[i]
		if x.Rank() > 1 {
			x = g.MulScalar(x, 1-rate*decay)
		}
		out[1+i], out[1+n+i], out[1+2*n+i] = g.Sub(x, g.MulScalar(step, rate)), mean, square
	}
	return out
}

// step takes one step. The memory of the state goes round.
func (s *stepper) step() error {
	t := float64(1 + len(s.losses))
	in := []any{s.pixels, s.ids, float32(1 / (1 - math.Pow(beta1, t))),
		float32(1 / (1 - math.Pow(beta2, t)))}
	for _, t := range s.state {
		donated, err := g.DonateTensorBuffer(t, s.backend, 0)
		if err != nil {
			return err
		}
		in = append(in, donated)
	}
	out, err := s.exec.Call(in...)
	if err != nil {
		return fmt.Errorf("a step of GoMLX: %w", err)
	}
	s.losses = append(s.losses, tensors.ToScalar[float32](out[0]))
	out[0].MustFinalizeAll()
	s.state = out[1:]
	return nil
}
