package train

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cliplab/lab/cuda"
	"cliplab/lab/cuda/driver"
	"cliplab/lab/graph"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// where is the device, or the devices, of a recipe, and how its trainer is to be made. A GPU that
// is not there, and what is not trained on GPUs, is an error with the reason and the remedy.
func (c Config) where() ([]cuda.Device, cuda.Options, error) {
	device := cmp.Or(c.Device, cpu)
	if device == "auto" && c.Tower.IsResNet() {
		device = cpu // GPUs refuse ResNets
	}
	all, err := cuda.ChooseAll(device)
	if err != nil {
		return nil, cuda.Options{}, fmt.Errorf("train: %w; Device \"cpu\" always is there, and "+
			"lab.Devices() lists what else is", err)
	}
	precision, err := cuda.ParsePrecision(c.Precision)
	if err != nil {
		return nil, cuda.Options{}, fmt.Errorf("train: %w", err)
	}
	if all[0].Name == cpu {
		if precision != cuda.F32 {
			err = fmt.Errorf("train: precision %s is calculated on GPUs only, and the device is the "+
				"CPU: leave Precision empty, or take Device \"cuda\"", precision)
		}
		return all, cuda.Options{}, err
	}
	adam := graph.NewAdamW()
	o := cuda.Options{Device: c.Device, Precision: precision, TextLength: c.TextLength,
		Frozen: c.frozen, Beta1: adam.Beta1, Beta2: adam.Beta2, Epsilon: adam.Epsilon,
		WeightDecay: c.WeightDecay, RateOf: c.rateOf(), MaxNorm: c.MaxNorm, Sigmoid: c.Loss == Sigmoid,
		Chunk: c.Chunk, Fresh: c.Augment != (Augment{})}
	shape := c.Tower
	shape.VocabSize = max(1, shape.VocabSize)
	if err := o.Check(shape, c.Batch, len(all)); err != nil {
		return nil, o, fmt.Errorf("train: not on %s: %w", names(all), err)
	}
	return all, o, nil
}

// cpu is the name of the device that is always there.
const cpu = "cpu"

func names(all []cuda.Device) string {
	var list []string
	for _, d := range all {
		list = append(list, d.Name)
	}
	return strings.Join(list, ", ")
}

// onGPU makes a trainer that lives on the devices. Where their memory does not suffice, the error
// says what is needed and free, and which Chunk would fit.
func (c Config) onGPU(all []cuda.Device, o cuda.Options, params map[string]*tensor.Tensor) (
	*cuda.Trainer, error) {
	t, err := cuda.NewTrainer(c.Tower, c.Batch, params, o)
	var short *driver.MemoryError
	if err == nil || !errors.As(err, &short) {
		return t, err
	}
	for chunk := c.Batch / len(all) / 2; chunk > 0; chunk /= 2 {
		o.Chunk = chunk
		need, err := cuda.Memory(c.Tower, c.Batch, len(all), o)
		if err == nil && need < short.Free {
			return nil, fmt.Errorf("train: %w; Chunk: %d has the same gradients and needs about %s", short,
				chunk, driver.Bytes(need))
		}
	}
	return nil, fmt.Errorf("train: %w", short)
}

// lost tells whether an error is of the device and not of the numbers.
func lost(err error) bool {
	var failed *driver.Error
	var short *driver.MemoryError
	return errors.As(err, &failed) || errors.As(err, &short)
}

// Sync brings Params up to date with the device. On the CPU they always are.
func (s *Stepper) Sync() error {
	if s.gpu == nil || !s.moved {
		return nil
	}
	now, err := s.gpu.Params()
	if err != nil {
		return err
	}
	for name, x := range now {
		copy(s.params[name].Data, x.Data)
	}
	s.moved = false
	return nil
}

// state is the optimiser's.
func (s *Stepper) state() (map[string]*tensor.Tensor, error) {
	if s.gpu == nil {
		return s.solver.State(), nil
	}
	return s.gpu.State()
}

// setState goes on from an optimiser's state, of either device, and from Params.
func (s *Stepper) setState(state map[string]*tensor.Tensor) error {
	if s.gpu == nil {
		return s.solver.SetState(state)
	}
	return errors.Join(s.gpu.SetParams(s.params), s.gpu.SetState(state))
}

// downloaded are parameters and gradients of the device as they are now; nil when it fails.
func (s *Stepper) downloaded() (all []graph.Learning) {
	grads, err := s.gpu.Gradients()
	if err = errors.Join(err, s.Sync()); err != nil {
		return nil
	}
	for _, p := range append(tower.Params(s.cfg.Tower), tower.Param{Name: graph.LogitBias}) {
		if g := grads[p.Name]; g != nil && !s.cfg.frozen(p.Name) {
			all = append(all, graph.Learning{Name: p.Name, Dims: len(p.Shape), Value: s.params[p.Name].Data,
				Grad: slices.Clone(g.Data)})
		}
	}
	return all
}
