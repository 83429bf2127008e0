package stock

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Stepper takes training steps with what Gorgonia brings: its ops, its tape machine, and its
// solver, Adam. It has no AdamW; the difference in the first losses is below 1e-5 of them.
type Stepper struct {
	model      *CLIP
	learnables []G.ValueGrad
	vm         G.VM
	solver     G.Solver
}

// NewStepper makes the graph of one batch, around copies of the parameters.
//
//	images [batch, 3, size, size]
//	tokens [batch, T]
//
// The error is of shapes that do not fit.
func NewStepper(c tower.Config, params map[string]*tensor.Tensor, images,
	tokens *tensor.Tensor, rate float64) (s *Stepper, err error) {
	defer func() {
		if r := recover(); r != nil { // as Gorgonia does, of shapes
			s, err = nil, fmt.Errorf("stock: %v", r)
		}
	}()
	if err := tower.CheckParams(c, params); err != nil {
		return nil, err
	}
	m := New(G.NewGraph(), c, images.Shape[0], params, images, tokens)
	if _, err := G.Grad(m.Loss, m.Learnables...); err != nil {
		return nil, fmt.Errorf("stock: gradients: %w", err)
	}
	return &Stepper{
		model: m, learnables: G.NodesToValueGrads(m.Learnables),
		vm: G.NewTapeMachine(m.Loss.Graph(), G.BindDualValues(m.Learnables...)),
		solver: G.NewAdamSolver(G.WithLearnRate(rate), G.WithBeta1(0.9), G.WithBeta2(0.98),
			G.WithEps(1e-6)),
	}, nil
}

// Step is forward, backward and Adam, and gives the loss before it.
func (s *Stepper) Step() (loss float64, err error) {
	if err := s.vm.RunAll(); err != nil {
		return 0, fmt.Errorf("stock: %w", err)
	}
	loss = float64(s.model.Loss.Value().Data().(float32))
	if err := s.solver.Step(s.learnables); err != nil {
		return 0, fmt.Errorf("stock: %w", err)
	}
	s.vm.Reset()
	return loss, nil
}

// Close ends the tape machine.
func (s *Stepper) Close() error { return s.vm.Close() }
