package cuda

import (
	"fmt"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/tensor"
)

// shapes says what is wrong with those of a batch.
func (t *Trainer) shapes(images, tokens *tensor.Tensor) error {
	size := t.c.ImageSize
	if images != nil && len(images.Data) != t.batch*3*size*size ||
		images == nil && t.chunk < t.batch {
		return fmt.Errorf("cuda: images of shape %v, want [%d 3 %d %d]", shape(images), t.batch, size,
			size)
	}
	length := t.o.TextLength
	if tokens == nil || len(tokens.Shape) != 2 || tokens.Shape[0] != t.batch ||
		tokens.Shape[1] < length {
		return fmt.Errorf("cuda: tokens of shape %v, want [%d %d]", shape(tokens), t.batch, length)
	}
	return nil
}

// fill puts the chunk of a batch that starts at first where the wanted towers read it, or the
// features that are known of it.
func (p *part) fill(images, tokens *tensor.Tensor, first int, wanted sides) error {
	p.computed, p.keys = wanted, [2][]key{}
	pixels := p.images.Float32s()
	if images != nil {
		pixels = images.Data[first*len(pixels)/p.chunk:][:len(pixels)]
	}
	if wanted&imageSide != 0 && !p.known(imageSide, pixels) && images != nil {
		copyParallel(p.images.Float32s(), pixels)
	}
	rows := tokens.Data[first*tokens.Shape[1]:][:p.chunk*tokens.Shape[1]]
	if wanted&textSide != 0 && !p.known(textSide, rows) {
		return p.fillTexts(tokens, first)
	}
	return nil
}

// known tells whether the features of all inputs of a tower are known; then they are put where a
// forward pass reads them. Else those of a tower that does not learn are to be kept.
func (p *part) known(side sides, inputs []float32) bool {
	if p.kept == nil || p.fixed&side == 0 || side == imageSide && p.o.Fresh {
		return false
	}
	keys := make([]key, p.chunk)
	p.kept.keys(keys, inputs)
	if p.kept.find(p.given[side.index()].Float32s(), side, keys) {
		p.computed &^= side
		return true
	}
	p.keys[side.index()] = keys
	return false
}

// remember keeps the features that a forward pass has left; the stream must have come to them.
func (p *part) remember() {
	for i, keys := range p.keys {
		if keys != nil {
			p.kept.put(sides(1<<i), keys, p.given[i].Float32s())
		}
	}
	p.keys = [2][]key{}
}

// fillTexts copies a chunk's tokens to pinned memory, and sorts them for the gradient of the table.
func (p *part) fillTexts(tokens *tensor.Tensor, first int) error {
	ids, ends, length := p.ids.Int32s(), p.ends.Int32s(), p.o.TextLength
	for i := range p.chunk {
		row := tokens.Row(first + i).Data
		end := 0
		for j, id := range row {
			if id > row[end] {
				end = j
			}
			if id != id || id < 0 || int(id) >= p.c.VocabSize {
				return fmt.Errorf("cuda: token %d of text %d is %v, the vocabulary has %d", j, first+i, id,
					p.c.VocabSize)
			}
		}
		if end >= length {
			return fmt.Errorf("cuda: text %d goes on to token %d, the step ends at %d", first+i, end,
				length)
		}
		for j, id := range row[:length] {
			ids[i*length+j] = int32(id)
		}
		ends[i] = int32(end)
	}
	// No gradient reaches a token behind the end of its text: nothing that is used saw it.
	s := sortIDs(ids[:p.chunk*length], func(i int) bool { return i%length <= int(ends[i/length]) })
	copy(p.order.Int32s(), s.order)
	copy(p.starts.Int32s(), s.starts)
	copy(p.unique.Int32s(), s.ids)
	p.count.Int32s()[0] = int32(len(s.ids))
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
// between steps saves a copy, and hands Step nil. With chunks there is none.
func (t *Trainer) Images() []float32 {
	if t.chunk < t.batch {
		return nil
	}
	return t.parts[0].images.Float32s()
}

func shape(t *tensor.Tensor) []int {
	if t == nil {
		return nil
	}
	return t.Shape
}

// Params are copies of the parameters as they are now.
func (t *Trainer) Params() (map[string]*tensor.Tensor, error) {
	p := t.parts[0]
	return p.ws.read(p.g, p.ws.w, p.ws.list)
}

// SetParams goes on from other parameters of the same shapes.
func (t *Trainer) SetParams(params map[string]*tensor.Tensor) error {
	t.kept.clear()
	for _, p := range t.parts {
		for _, at := range p.ws.list {
			if x := params[at.Name]; x == nil || x.Len() != at.size {
				return fmt.Errorf("cuda: parameter %s is missing or not of shape %v", at.Name, at.Shape)
			}
		}
		p.ws.load(p.g, params)
	}
	return t.wait()
}

// Gradients are those of the last step.
func (t *Trainer) Gradients() (map[string]*tensor.Tensor, error) {
	p := t.parts[0]
	return p.ws.read(p.g, p.ws.sum, p.ws.list)
}

// State is what a resumed run needs beside the parameters, under the names of graph.AdamW:
// "exp_avg." and "exp_avg_sq." before the parameter's, and "step".
func (t *Trainer) State() (map[string]*tensor.Tensor, error) {
	state := map[string]*tensor.Tensor{"step": tensor.From([]float32{float32(t.steps)})}
	p := t.parts[0]
	for prefix, from := range p.ws.moments() {
		all, err := p.ws.read(p.g, from, p.ws.learned())
		if err != nil {
			return nil, err
		}
		for name, x := range all {
			state[prefix+name] = tensor.From(x.Data, len(x.Data))
		}
	}
	return state, nil
}

// SetState continues from a State, also from one of graph.AdamW. One of no steps needs no means.
func (t *Trainer) SetState(state map[string]*tensor.Tensor) error {
	step := state["step"]
	if step == nil || step.Len() != 1 {
		return fmt.Errorf("cuda: optimiser state without step")
	}
	steps := int(step.Data[0])
	for prefix := range t.parts[0].ws.moments() {
		for _, p := range t.parts[0].ws.learned() {
			if x := state[prefix+p.Name]; steps > 0 && (x == nil || x.Len() != p.size) {
				return fmt.Errorf("cuda: optimiser state of %s is incomplete", p.Name)
			}
		}
	}
	for _, part := range t.parts {
		for prefix, to := range part.ws.moments() {
			for _, p := range part.ws.learned() {
				x := state[prefix+p.Name]
				if steps == 0 {
					x = tensor.New(p.size)
				}
				part.g.do(func() error { return part.g.stream.Write(at(to, p.offset), x.Data) })
			}
		}
	}
	t.steps = steps
	return t.wait()
}

func (ws *weights) moments() map[string]pointer {
	return map[string]pointer{"exp_avg.": ws.m, "exp_avg_sq.": ws.v}
}

// Steps is how many steps were taken.
func (t *Trainer) Steps() int { return t.steps }
