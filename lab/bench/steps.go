package bench

import (
	"fmt"

	"cliplab/lab/graph/stock"
	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/train"
)

// stepRate is the learning rate of all sides.
const stepRate = 1e-4

// stepInput is a model's parameters, and a batch.
func stepInput(c Case, folder string) (params map[string]*tensor.Tensor, images,
	tokens *tensor.Tensor, err error) {
	f, err := safetensors.ReadFile(stepFile(folder, c.Model))
	if err != nil {
		return nil, nil, nil, err
	}
	if params, err = f.Tensors(); err != nil {
		return nil, nil, nil, err
	}
	images, tokens = params["pixels"], params["tokens"]
	delete(params, "pixels")
	delete(params, "tokens")
	return params, images, tokens, nil
}

// stepping is a step of training: forward, backward, AdamW on the same batch. Its output is the
// losses of the steps so far.
func stepping(c Case, folder string) (*job, error) {
	params, images, tokens, err := stepInput(c, folder)
	if err != nil {
		return nil, err
	}
	cfg := train.Small()
	cfg.Tower, cfg.Batch, cfg.TextLength = trained[c.Model], c.Batch, tokens.Shape[1]
	cfg.WeightDecay, cfg.MaxNorm = 0.2, 0
	s, err := train.NewStepper(cfg, params)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	step := func() (float64, error) { return s.Step(images, tokens, stepRate) }
	return losing(step, s.Close), nil
}

// gorgonias is the same of Gorgonia's own ops and solver.
func gorgonias(c Case, folder string) (*job, error) {
	if c.Kind != Step {
		return nil, fmt.Errorf("bench: Gorgonia's own ops take steps of training, no %s", c.Kind)
	}
	params, images, tokens, err := stepInput(c, folder)
	if err != nil {
		return nil, err
	}
	s, err := stock.NewStepper(trained[c.Model], params, images, tokens, stepRate)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return losing(s.Step, func() { _ = s.Close() }), nil
}

// losing is a job of steps, whose output is their losses.
func losing(step func() (float64, error), end func()) *job {
	var losses []float32
	return &job{
		run: func() {
			loss, err := step()
			if err != nil {
				panic(err)
			}
			losses = append(losses, float32(loss))
		},
		output: func() []float32 { return losses },
		close:  end,
	}
}
