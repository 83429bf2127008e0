package train

import (
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"cliplab/lab/cuda"
	"cliplab/lab/graph"
	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Stepper takes training steps on batches that are handed to it: forward, backward, AdamW. Run
// is a Stepper with data, a schedule and a history around it.
//
// A steady step allocates next to nothing: all buffers are made by the first one.
type Stepper struct {
	cfg    Config
	params map[string]*tensor.Tensor
	solver *graph.AdamW

	whole  *machine // the graph of a whole batch
	chunks *chunked // instead of whole, where a batch comes in chunks
	image  *encoder // of a side that is frozen as a whole
	text   *encoder

	learning []graph.Learning
	losses   ops.Losses

	gpu    *cuda.Trainer // instead of all graphs
	result cuda.Result   // of its last step
	moved  bool          // params are older than the device's
}

// NewStepper makes the graphs of a recipe around parameters, which its steps will change. Of
// the recipe it heeds the shape of batch and model, the loss, Chunk, Freeze, LayerDecay,
// WeightDecay, MaxNorm, Device and Precision. With the sigmoid loss it adds the bias of that loss
// to params. On a GPU the parameters live there, and Sync brings params up to date.
//
// The error names a setting, a parameter or a device that does not fit.
func NewStepper(cfg Config, params map[string]*tensor.Tensor) (*Stepper, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Loss == Sigmoid && params[graph.LogitBias] == nil {
		params[graph.LogitBias] = tensor.From([]float32{sigmoidBias})
	}
	s := &Stepper{cfg: cfg, params: params, solver: cfg.solver()}
	devices, options, err := cfg.where()
	if err != nil {
		return nil, err
	}
	if devices[0].Name != cpu {
		s.gpu, err = cfg.onGPU(devices, options, params)
		return s, err
	}
	o := graph.Options{TextLength: cfg.TextLength, Frozen: cfg.frozen,
		RunningStatistics: cfg.RunningStatistics}
	o.Image, o.Text = cfg.sides()
	if cfg.Loss == Sigmoid {
		o.Objective = graph.Sigmoid
	}
	if o.Image == graph.Given {
		if s.image, err = newEncoder(cfg, params, true); err != nil {
			return nil, err
		}
	}
	if o.Text == graph.Given {
		if s.text, err = newEncoder(cfg, params, false); err != nil {
			return nil, err
		}
	}
	towers := o.Image == graph.Computed || o.Text == graph.Computed
	if towers && cfg.Chunk > 0 && cfg.Chunk < cfg.Batch {
		s.chunks, err = newChunked(cfg, params, o)
	} else {
		s.whole, err = newMachine(cfg, cfg.Batch, params, o)
	}
	return s, err
}

// solver is the optimiser of a recipe, with the paper's settings for its image tower: table 18.
func (c Config) solver() *graph.AdamW {
	a := graph.NewAdamW()
	if c.Tower.IsResNet() {
		a.Beta2, a.Epsilon = 0.999, 1e-8
	}
	a.WeightDecay, a.MaxNorm, a.RateOf = c.WeightDecay, c.MaxNorm, c.rateOf()
	return a
}

// Starts of t and b for the sigmoid loss: SigLIP, section 3.2.
const sigmoidBias = -10

var sigmoidScale = float32(math.Log(10))

// Step is one step of training at a learning rate, and gives the loss before it.
//
//	images [batch, 3, size, size]  as pixels.Preprocess gives them
//	tokens [batch, TextLength]     rows of the token embedding
//
// A loss or a gradient that is not finite is an error, and then the parameters are those from
// before.
func (s *Stepper) Step(images, tokens *tensor.Tensor, rate float64) (loss float64, err error) {
	if s.gpu != nil { // in one piece, so that it waits once
		s.result, err = s.gpu.Step(images, tokens, rate)
		s.losses, s.moved = s.result.Losses, true
		return s.losses.Mean(), err
	}
	if err := s.Gradients(images, tokens); err != nil {
		return math.NaN(), err
	}
	return s.losses.Mean(), s.Update(rate)
}

// Gradients is the first half of a step: the loss of a batch, and its gradient by every
// parameter that is learned.
func (s *Stepper) Gradients(images, tokens *tensor.Tensor) error {
	if s.gpu != nil {
		losses, err := s.gpu.Backward(images, tokens)
		s.losses = losses
		return err
	}
	var image, text *tensor.Tensor // features of frozen towers
	var err error
	if s.image != nil {
		if image, err = s.image.encode(images); err != nil {
			return err
		}
	}
	if s.text != nil {
		if text, err = s.text.encode(tokens); err != nil {
			return err
		}
	}
	if s.chunks != nil {
		s.losses, err = s.chunks.gradients(images, tokens, image, text)
		s.learning = s.chunks.learning
		return err
	}
	if err := s.whole.clip.SetFeatures(image, text); err != nil {
		return err
	}
	if err := s.whole.run(images, tokens); err != nil {
		return err
	}
	s.losses = s.whole.clip.Losses()
	s.learning, err = s.whole.gradients.Learning()
	return err
}

// Update is the second half: one step of AdamW along the gradients, and the running statistics of
// batch norms move towards those of the batch. A loss that is not finite is an error, and then
// nothing changes.
func (s *Stepper) Update(rate float64) error {
	if l := s.losses.Mean(); math.IsNaN(l) || math.IsInf(l, 0) {
		return fmt.Errorf("the loss is %v", l)
	}
	if s.gpu != nil {
		var err error
		s.result, err = s.gpu.Update(rate)
		s.moved = true
		return err
	}
	if err := s.solver.Update(s.learning, rate); err != nil {
		return err
	}
	if s.whole != nil { // chunks are refused where there are any to move
		s.whole.clip.UpdateStatistics()
	}
	return nil
}

// Losses are both halves of the last batch's loss.
func (s *Stepper) Losses() ops.Losses { return s.losses }

// Learning are the learned parameters with the gradients of the last batch. On the CPU they share
// memory; on a GPU they are copies, nil when it fails.
func (s *Stepper) Learning() []graph.Learning {
	if s.gpu != nil {
		return s.downloaded()
	}
	return s.learning
}

// Params are all parameters by checkpoint name. They share memory; on a GPU they are as Sync left
// them.
func (s *Stepper) Params() map[string]*tensor.Tensor { return s.params }

// GradNorm is the length of all gradients of the last step, before shortening.
func (s *Stepper) GradNorm() float64 {
	if s.gpu != nil {
		return s.result.GradNorm
	}
	return s.solver.GradNorm
}

// logLogitScale is t after a step.
func (s *Stepper) logLogitScale() float64 {
	if s.gpu != nil {
		return s.result.LogLogitScale
	}
	return float64(s.params[tower.LogitScale].Data[0])
}

// Close ends the machines and gives a GPU's memory back.
func (s *Stepper) Close() {
	if s.gpu != nil {
		_ = s.gpu.Close() // of a device that is lost everything fails, and has failed before
	}
	for _, m := range s.machines() {
		m.vm.Close()
	}
}

func (s *Stepper) machines() []*machine {
	var all []*machine
	if s.whole != nil {
		all = append(all, s.whole)
	}
	if s.chunks != nil {
		all = append(all, s.chunks.forward, s.chunks.backward)
	}
	for _, e := range []*encoder{s.image, s.text} {
		if e != nil {
			all = append(all, e.machine)
		}
	}
	return all
}

// machine is a graph with what runs it.
type machine struct {
	clip       *graph.CLIP
	learnables gorgonia.Nodes
	gradients  *graph.Gradients
	vm         *graph.Machine
}

func newMachine(cfg Config, batch int, params map[string]*tensor.Tensor, o graph.Options) (
	*machine, error) {
	g := gorgonia.NewGraph()
	clip, err := graph.NewCLIPFrom(g, cfg.Tower, batch, params, o)
	if err != nil {
		return nil, err
	}
	m := &machine{clip: clip, learnables: clip.Learnables()}
	keep := clip.Outputs()
	if clip.Loss != nil && len(m.learnables) > 0 {
		grads, err := gorgonia.Grad(clip.Loss, m.learnables...)
		if err != nil {
			return nil, fmt.Errorf("train: gradients: %w", err)
		}
		keep = append(keep, grads...)
	}
	m.vm, m.gradients = graph.NewMachine(g, keep...), graph.NewGradients(m.learnables)
	return m, nil
}

// learns says whether a parameter is among those with a gradient.
func (m *machine) learns(name string) bool {
	return slices.ContainsFunc(m.learnables, func(n *gorgonia.Node) bool { return n.Name() == name })
}

// run copies a batch in and runs the graph.
func (m *machine) run(images, tokens *tensor.Tensor) error {
	if err := m.clip.SetBatch(images, tokens); err != nil {
		return err
	}
	return m.vm.RunAll()
}
