package bench

import (
	"slices"

	"cliplab/lab/tower"
)

// flop is how many floating-point operations of products a case needs at least: of the last block
// only the token that is picked goes on, and each text has its own length. 0 where products are not
// what takes the time.
func (c Case) flop() float64 {
	switch c.Kind {
	case Image:
		return imageFlop(vitB32, c.Batch)
	case Text:
		return textFlop(vitB32, c.Tokens, c.Batch)
	case Gemm:
		return 2 * float64(c.M) * float64(c.N) * float64(c.K)
	case Attention:
		return 4 * float64(c.Batch) * float64(c.Tokens) * float64(c.Tokens) * float64(c.Width)
	case Step: // the backward pass has two products for each of the forward pass
		m := trained[c.Model]
		return 3 * (imageFlop(m, c.Batch) + textFlop(m, m.ContextLength, c.Batch))
	}
	return 0
}

func imageFlop(m tower.Config, batch int) float64 {
	patches := 2 * float64(batch*m.Patches()) * float64(m.PatchPixels()*m.VisionWidth)
	return patches + blocksFlop(1+m.Patches(), m.VisionWidth, m.VisionLayers, batch)
}

// textFlop is that of the workload's texts, each up to its end.
func textFlop(m tower.Config, tokens, batch int) float64 {
	sum := 0.0
	ids := captions(batch, tokens, m.VocabSize)
	for i := range batch {
		words := ids[i*tokens : (i+1)*tokens]
		length := 1 + slices.Index(words, float32(m.VocabSize-1))
		sum += blocksFlop(length, m.TextWidth, m.TextLayers, 1)
	}
	return sum
}

// blocksFlop is that of a tower's blocks. The last has keys and values of all tokens, and all
// else of one.
func blocksFlop(tokens, width, layers, batch int) float64 {
	t, w := float64(tokens), float64(width)
	whole := 24*t*w*w + 4*t*t*w
	last := 4*t*w*w + 20*w*w + 4*t*w
	return float64(batch) * (float64(layers-1)*whole + last)
}
