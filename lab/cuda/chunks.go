package cuda

import (
	"errors"

	"cliplab/lab/tensor"
)

// inChunks leaves the gradients of a batch of which the devices hold only chunks at a time. The
// loss couples all pairs, so that adding up losses of chunks would be another loss; but it couples
// them through their features only:
//
//  1. forward: the features of each chunk
//  2. gathered, so that every device has all; the loss of all pairs, on each device
//  3. forward and backward: each chunk once more, from the gradients by its own features
//  4. the sum over chunks, and over devices
//
// Gao et al. 2021, GradCache; Radford et al. 2021 gather in the same way.
func (t *Trainer) inChunks(images, tokens *tensor.Tensor) error {
	err := t.rounds(func(p *part, first int) error {
		if err := p.fill(images, tokens, first, bothSides); err != nil {
			return err
		}
		p.run(&p.forwards[p.computed], func() { p.forward(p.computed) })
		p.copyFeatures(p.loss.image, p.image.unit, first, true)
		p.copyFeatures(p.loss.text, p.text.unit, first, true)
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.gather(); err != nil {
		return err
	}
	for _, p := range t.parts {
		p.run(&p.compares, p.compare)
	}
	err = t.rounds(func(p *part, first int) error {
		if err := p.fill(images, tokens, first, p.learning()); err != nil {
			return err
		}
		p.copyFeatures(p.loss.dimage, p.image.dunit, first, false)
		p.copyFeatures(p.loss.dtext, p.text.dunit, first, false)
		p.run(&p.agains, p.again)
		return nil
	})
	if err != nil {
		return err
	}
	return t.reduce()
}

// rounds calls f with all chunks, one for each device at a time, and waits after each round: f may
// fill pinned memory.
func (t *Trainer) rounds(f func(p *part, first int) error) error {
	for lo := 0; lo < t.batch; lo += t.chunk * len(t.parts) {
		for i, p := range t.parts {
			if err := f(p, lo+i*t.chunk); err != nil {
				return errors.Join(err, t.wait())
			}
		}
		if err := t.wait(); err != nil {
			return err
		}
	}
	return nil
}

// copyFeatures copies a chunk of rows to those of the batch that start at first, or back.
func (p *part) copyFeatures(all, chunk pointer, first int, there bool) {
	d := p.c.EmbedDim
	dst, src := at(all, first*d), chunk
	if !there {
		dst, src = src, dst
	}
	p.g.do(func() error { return p.g.stream.Copy(dst, src, uint64(p.chunk*d*number)) })
}
