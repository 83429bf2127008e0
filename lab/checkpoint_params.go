package lab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"cliplab/lab/cores"
	"cliplab/lab/names"
	"cliplab/lab/params"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// eager is up to how many parameters are made float32 when a model is opened. Of larger models
// they stay in the file, in its type, until they are looked at or packed.
const eager = mapMin / 4

// params finds all parameters by OpenAI's names, and reads all values once, several tensors at a
// time, to see that they are numbers.
func (c checkpoint) params(ctx context.Context, plan *names.Plan) (*params.Set, error) {
	all := slices.Sorted(maps.Keys(plan.Sources))
	far := make(map[string]params.Source, len(all))
	total := 0
	for _, name := range all {
		source, err := c.source(plan.Sources[name])
		if err != nil {
			return nil, err
		}
		if n := volume(source.Shape); n == 1 && (name == tower.LogitScale || name == tower.LogitBias) {
			source.Shape = []int{} // some have the shape [1]
		}
		far[name] = source
		total += volume(source.Shape)
	}
	if err := c.check(ctx, plan, all); err != nil {
		return nil, err
	}
	set := params.In(far)
	if total > eager {
		return set, nil
	}
	held, err := set.All()
	if err != nil {
		return nil, err
	}
	return params.Of(held), nil
}

// check reads the tensors of some parameters. The error is that of the first by name.
func (c checkpoint) check(ctx context.Context, plan *names.Plan, all []string) error {
	errs := make([]error, len(all))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(cores.Count(), len(all)) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				errs[i] = ctx.Err()
				for _, t := range plan.Sources[all[i]].Tensors {
					if errs[i] == nil {
						errs[i] = c.Check(t)
					}
				}
				if errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs { // they are begun in this order
		if err != nil {
			return err
		}
	}
	return nil
}

// source is how a parameter is read from what the file has.
func (c checkpoint) source(s names.Source) (params.Source, error) {
	if len(s.Tensors) > 1 {
		return c.stack(s.Tensors)
	}
	name := s.Tensors[0]
	shape := slices.Clone(c.Shape(name))
	for i := 0; i < s.Ones && len(shape) > 0 && shape[0] == 1; i++ {
		shape = shape[1:]
	}
	if !s.Transposed {
		return params.Source{Shape: shape, Read: func(dst []float32, from int) error {
			return c.Range(dst, name, from)
		}}, nil
	}
	if len(shape) != 2 {
		return params.Source{}, fmt.Errorf("tensor %s has shape %v, want a matrix", name, shape)
	}
	return params.Source{Shape: []int{shape[1], shape[0]}, Read: func(dst []float32, from int) error {
		t := tensor.New(shape...)
		if err := c.Range(t.Data, name, 0); err != nil {
			return err
		}
		copy(dst, transposed(t).Data[from:])
		return nil
	}}, nil
}

// stack reads tensors behind one another, which differ in their rows alone.
func (c checkpoint) stack(parts []string) (params.Source, error) {
	shape := slices.Clone(c.Shape(parts[0]))
	if len(shape) == 0 {
		return params.Source{}, fmt.Errorf("tensor %s is a single number", parts[0])
	}
	sizes := []int{volume(shape)}
	for _, part := range parts[1:] {
		other := c.Shape(part)
		if len(other) != len(shape) || !slices.Equal(other[1:], shape[1:]) {
			return params.Source{}, fmt.Errorf("tensor %s has shape %v, and %s %v", parts[0],
				c.Shape(parts[0]), part, other)
		}
		shape[0] += other[0]
		sizes = append(sizes, volume(other))
	}
	return params.Source{Shape: shape, Read: func(dst []float32, from int) error {
		for i, part := range parts {
			if from >= sizes[i] {
				from -= sizes[i]
				continue
			}
			n := min(len(dst), sizes[i]-from)
			if err := c.Range(dst[:n], part, from); err != nil {
				return err
			}
			dst, from = dst[n:], 0
		}
		return nil
	}}, nil
}

// transposed is a matrix with rows and columns changed.
func transposed(t *Tensor) *Tensor {
	rows, cols := t.Shape[0], t.Shape[1]
	u := tensor.New(cols, rows)
	for i := range rows {
		for j, v := range t.Data[i*cols : (i+1)*cols] {
			u.Data[j*rows+i] = v
		}
	}
	return u
}

func volume(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
