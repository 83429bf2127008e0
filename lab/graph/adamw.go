package graph

import (
	"fmt"
	"math"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/ops"
	"cliplab/lab/pages"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// MaxLogLogitScale is the largest t, ln 100: the clamp of the paper, section 2.5. The smallest is
// 0, as in open_clip.
const MaxLogLogitScale = 4.605170185988092

// AdamW is the optimiser of CLIP's recipe: decoupled weight decay, none on what has at most one
// dimension (gains, biases, the class token, the logit scale), and a clamp on the logit scale.
// It changes the nodes' values in place and keeps two means for each.
//
// Loshchilov and Hutter 2019; settings of the paper, tables 18 to 20.
type AdamW struct {
	Beta1, Beta2 float64
	Epsilon      float64
	WeightDecay  float64
	MaxNorm      float64 // gradients longer than this, all together, are shortened; 0 is off

	// GradNorm is the length of all gradients of the last step, before shortening.
	GradNorm float64

	// RateOf multiplies the learning rate of a parameter, as for slower lower layers; nil is 1.
	RateOf func(name string) float64

	steps     int
	moments   map[string]moments
	summed    map[*G.Node]bool // whose gradients a machine sums up; see clearSums
	gradients *Gradients       // of the nodes of the last Step
}

// Learning is a parameter that is learned: its numbers, which a step changes, and its gradient.
type Learning struct {
	Name        string
	Dims        int // weight decay is for those with more than one
	Value, Grad []float32
}

type moments struct{ mean, square []float32 }

// NewAdamW has the paper's settings for vision transformers: β 0.9 and 0.98, ε 1e-6, weight decay
// 0.2, no clipping. For ResNets the paper has 0.999 and 1e-8.
func NewAdamW() *AdamW {
	return &AdamW{Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.2,
		moments: map[string]moments{}}
}

// Step moves the nodes' values against their gradients, as G.Grad and a run have left them.
// A gradient that is not finite is an error, and then nothing has changed.
func (a *AdamW) Step(nodes G.Nodes, learningRate float64) error {
	if a.gradients == nil || !slices.Equal(a.gradients.nodes, nodes) {
		a.gradients = NewGradients(nodes)
	}
	all, err := a.gradients.Learning()
	if err != nil {
		return err
	}
	if err := a.Update(all, learningRate); err != nil {
		return err
	}
	a.clearSums(nodes)
	return nil
}

// LearningOf is a node with its gradient, as G.Grad and a run have left them.
func LearningOf(n *G.Node) (Learning, error) {
	v, err := n.Grad()
	if err != nil || v == nil {
		return Learning{}, fmt.Errorf("graph: %s has no gradient: G.Grad and a run come first",
			n.Name())
	}
	return Learning{n.Name(), n.Dims(), numbers(n.Value()), numbers(v)}, nil
}

// Update moves parameters against their gradients. A gradient that is not finite is an error,
// and then nothing has changed.
func (a *AdamW) Update(all []Learning, learningRate float64) error {
	if err := a.measure(all); err != nil {
		return err
	}
	a.steps++
	settings := ops.AdamW{Beta1: a.Beta1, Beta2: a.Beta2, Epsilon: a.Epsilon, GradScale: 1,
		Step: a.steps}
	if a.MaxNorm > 0 && a.GradNorm > a.MaxNorm {
		settings.GradScale = a.MaxNorm / a.GradNorm
	}
	for _, l := range all {
		settings.LearningRate, settings.WeightDecay = learningRate, 0
		if a.RateOf != nil {
			settings.LearningRate *= a.RateOf(l.Name)
		}
		if l.Dims > 1 {
			settings.WeightDecay = a.WeightDecay
		}
		m := a.moment(l.Name, len(l.Grad))
		ops.Update(l.Value, m.mean, m.square, l.Grad, settings)
		if l.Name == tower.LogitScale {
			l.Value[0] = min(max(l.Value[0], 0), MaxLogLogitScale)
		}
	}
	return nil
}

// clearSums zeroes gradients that are not the value of a node: with the option BindDualValues a
// tape machine sums them up from run to run, and leaves clearing to the solver. Which they are
// is found out once: it takes a walk through the graph.
func (a *AdamW) clearSums(nodes G.Nodes) {
	if len(nodes) == 0 {
		return
	}
	if _, known := a.summed[nodes[0]]; !known {
		owned := map[G.Value]bool{}
		for _, n := range nodes[0].Graph().AllNodes() {
			owned[n.Value()] = true
		}
		a.summed = map[*G.Node]bool{}
		for _, n := range nodes {
			v, err := n.Grad()
			a.summed[n] = err == nil && !owned[v]
		}
	}
	for _, n := range nodes {
		if !a.summed[n] {
			continue
		}
		if v, err := n.Grad(); err == nil {
			clear(numbers(v))
		}
	}
}

// Steps is how many steps were taken.
func (a *AdamW) Steps() int { return a.steps }

// measure gives GradNorm, or an error that names a gradient that is not finite.
func (a *AdamW) measure(all []Learning) error {
	squares, worst := 0.0, ""
	for _, l := range all {
		sum := ops.SumSquares(l.Grad)
		if worst == "" && (math.IsNaN(sum) || math.IsInf(sum, 0)) {
			worst = l.Name
		}
		squares += sum
	}
	if worst != "" {
		return fmt.Errorf("graph: the gradient of %s is not finite after %d steps: "+
			"lower the learning rate, or set MaxNorm", worst, a.steps)
	}
	a.GradNorm = math.Sqrt(squares)
	return nil
}

func (a *AdamW) moment(name string, n int) moments {
	m, ok := a.moments[name]
	if !ok {
		m = moments{pages.Floats(n), pages.Floats(n)}
		if a.moments == nil {
			a.moments = map[string]moments{}
		}
		a.moments[name] = m
	}
	return m
}

// State is what a resumed run needs beside the parameters: the means by "exp_avg." and
// "exp_avg_sq." before the parameter's name, and "step". The means share memory.
func (a *AdamW) State() map[string]*tensor.Tensor {
	state := map[string]*tensor.Tensor{"step": tensor.From([]float32{float32(a.steps)})}
	for name, m := range a.moments {
		state["exp_avg."+name] = tensor.From(m.mean, len(m.mean))
		state["exp_avg_sq."+name] = tensor.From(m.square, len(m.square))
	}
	return state
}

// SetState continues from a State, of which it takes a copy.
func (a *AdamW) SetState(state map[string]*tensor.Tensor) error {
	step := state["step"]
	if step == nil || step.Len() != 1 {
		return fmt.Errorf("graph: optimiser state without step")
	}
	all := map[string]moments{}
	for key, mean := range state {
		name, ok := strings.CutPrefix(key, "exp_avg.")
		if !ok {
			continue
		}
		square := state["exp_avg_sq."+name]
		if square == nil || square.Len() != mean.Len() {
			return fmt.Errorf("graph: optimiser state of %s is incomplete", name)
		}
		all[name] = moments{mean.Clone().Data, square.Clone().Data}
	}
	a.steps, a.moments = int(step.Data[0]), all
	return nil
}
