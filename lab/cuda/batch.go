package cuda

import (
	"fmt"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/tensor"
)

// fill copies a batch to pinned memory, and sorts its tokens for the gradient of the table.
func (t *Trainer) fill(images, tokens *tensor.Tensor) error {
	size := t.c.ImageSize
	if images != nil && len(images.Data) != t.batch*3*size*size {
		return fmt.Errorf("cuda: images of shape %v, want [%d 3 %d %d]", shape(images), t.batch, size,
			size)
	}
	length := t.o.TextLength
	if tokens == nil || len(tokens.Shape) != 2 || tokens.Shape[0] != t.batch ||
		tokens.Shape[1] < length {
		return fmt.Errorf("cuda: tokens of shape %v, want [%d %d]", shape(tokens), t.batch, length)
	}
	ids, ends := t.ids.Int32s(), t.ends.Int32s()
	for i := range t.batch {
		row := tokens.Row(i).Data
		end := 0
		for j, id := range row {
			if id > row[end] {
				end = j
			}
			if id != id || id < 0 || int(id) >= t.c.VocabSize {
				return fmt.Errorf("cuda: token %d of text %d is %v, the vocabulary has %d", j, i, id,
					t.c.VocabSize)
			}
		}
		if end >= length {
			return fmt.Errorf("cuda: text %d goes on to token %d, the step ends at %d", i, end, length)
		}
		for j, id := range row[:length] {
			ids[i*length+j] = int32(id)
		}
		ends[i] = int32(end)
	}
	if images != nil {
		copyParallel(t.images.Float32s(), images.Data)
	}
	// No gradient reaches a token behind the end of its text: nothing that is used saw it.
	s := sortIDs(ids[:t.batch*length], func(i int) bool { return i%length <= int(ends[i/length]) })
	copy(t.order.Int32s(), s.order)
	copy(t.starts.Int32s(), s.starts)
	copy(t.unique.Int32s(), s.ids)
	t.count.Int32s()[0] = int32(len(s.ids))
	return nil
}

// copyParallel copies a batch's pictures with all cores: one alone would take as long as a step.
func copyParallel(dst, src []float32) {
	part := max(1<<20, (len(src)+cores.Count()-1)/cores.Count())
	var wait sync.WaitGroup
	for lo := 0; lo < len(src); lo += part {
		hi := min(lo+part, len(src))
		wait.Go(func() { copy(dst[lo:hi], src[lo:hi]) })
	}
	wait.Wait()
}

// Images is the memory that a step reads its images from, [batch, 3, size, size]: who fills it
// between steps saves a copy, and hands Step nil.
func (t *Trainer) Images() []float32 { return t.images.Float32s() }

func shape(t *tensor.Tensor) []int {
	if t == nil {
		return nil
	}
	return t.Shape
}

// Params are copies of the parameters as they are now.
func (t *Trainer) Params() (map[string]*tensor.Tensor, error) {
	return t.ws.read(t.g, t.ws.w, t.ws.list)
}

// Gradients are those of the last step.
func (t *Trainer) Gradients() (map[string]*tensor.Tensor, error) {
	return t.ws.read(t.g, t.ws.g, t.ws.list)
}

// State is what a resumed run needs beside the parameters, under the names of graph.AdamW:
// "exp_avg." and "exp_avg_sq." before the parameter's, and "step".
func (t *Trainer) State() (map[string]*tensor.Tensor, error) {
	state := map[string]*tensor.Tensor{"step": tensor.From([]float32{float32(t.steps)})}
	for prefix, from := range t.moments() {
		all, err := t.ws.read(t.g, from, t.ws.learned())
		if err != nil {
			return nil, err
		}
		for name, x := range all {
			state[prefix+name] = tensor.From(x.Data, len(x.Data))
		}
	}
	return state, nil
}

// SetState continues from a State, also from one of graph.AdamW.
func (t *Trainer) SetState(state map[string]*tensor.Tensor) error {
	step := state["step"]
	if step == nil || step.Len() != 1 {
		return fmt.Errorf("cuda: optimiser state without step")
	}
	for prefix := range t.moments() {
		for _, p := range t.ws.learned() {
			if x := state[prefix+p.Name]; x == nil || x.Len() != p.size {
				return fmt.Errorf("cuda: optimiser state of %s is incomplete", p.Name)
			}
		}
	}
	for prefix, to := range t.moments() {
		for _, p := range t.ws.learned() {
			t.g.do(func() error {
				return t.g.stream.Write(at(to, p.offset), state[prefix+p.Name].Data)
			})
		}
	}
	t.steps = int(step.Data[0])
	return t.g.Err()
}

func (t *Trainer) moments() map[string]pointer {
	return map[string]pointer{"exp_avg.": t.ws.m, "exp_avg_sq.": t.ws.v}
}

// Steps is how many steps were taken.
func (t *Trainer) Steps() int { return t.steps }
