package conform

import (
	"fmt"
	"math/rand/v2"

	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// Ragged are the ops of sequences of different length, and those of a tower's last block, of which
// one token goes on. Only the CPU's engines have them.
func Ragged(seed uint64) []Case {
	rng := rand.New(rand.NewPCG(seed, 2))
	var all []Case
	for _, h := range []ops.Heads{heads(1, 1, 1, 1, true), heads(3, 9, 32, 2, true),
		heads(4, 40, 64, 1, true), heads(2, 33, 80, 1, false), heads(1+rng.IntN(5), 1+rng.IntN(90),
			24, 3, rng.IntN(2) > 0)} {
		first := []int{0}
		for range h.Batch {
			first = append(first, first[len(first)-1]+1+rng.IntN(h.Tokens))
		}
		all = append(all, raggedCases(rng, first, h)...)
		all = append(all, pickedCases(rng, first, h)...)
	}
	return all
}

// raggedCases give probabilities only where they are, so that all of an output is written.
func raggedCases(rng *rand.Rand, first []int, h ops.Heads) []Case {
	const vocabulary = 7
	rows, p := first[h.Batch], h.Batch*h.Heads*h.Tokens*h.Tokens
	x := rows * h.Width
	ids, at := make([]int, rows), make([]int, rows)
	for i := range ids {
		ids[i], at[i] = rng.IntN(vocabulary), rng.IntN(h.Tokens)
	}
	name := fmt.Sprintf("%v of %d×%d", first, h.Width, h.Heads)
	if h.Causal {
		name += " causal"
	}
	return []Case{
		{Name: "EmbeddingAt " + name, In: []int{vocabulary * h.Width, h.Tokens * h.Width},
			Out: []int{x},
			Run: func(e Engine, in, out [][]float32) {
				defer e.(cpu).use()()
				ops.EmbeddingAt(out[0], ids, at, in[0], in[1], h.Width)
			},
			Judge: func(in, out [][]float64) {
				plain.EmbeddingAt(out[0], ids, at, in[0], in[1], h.Width)
			}},
		{Name: "AttentionRagged " + name, In: []int{3 * x}, Out: []int{x, p},
			Run: func(e Engine, in, out [][]float32) {
				defer e.(cpu).use()()
				ops.AttentionRagged(out[0], out[1], in[0], first, h)
			},
			Judge: func(in, out [][]float64) {
				plain.AttentionRagged(out[0], out[1], in[0], first, h)
			}},
		{Name: "AttentionRaggedGrad " + name, In: []int{3 * x, x}, Out: []int{3 * x, x, p},
			Run: func(e Engine, in, out [][]float32) {
				defer e.(cpu).use()()
				ops.AttentionRagged(out[1], out[2], in[0], first, h)
				ops.AttentionRaggedGrad(out[0], in[1], in[0], out[2], first, h)
			},
			Judge: func(in, out [][]float64) {
				plain.AttentionRagged(out[1], out[2], in[0], first, h)
				plain.AttentionRaggedGrad(out[0], in[1], in[0], out[2], first, h)
			}},
	}
}

// pickedCases take any row of a sequence.
func pickedCases(rng *rand.Rand, first []int, h ops.Heads) []Case {
	rows, width, in := first[h.Batch], h.Width, 1+rng.IntN(40)
	var picked []int
	for b := range h.Batch {
		picked = append(picked, first[b]+rng.IntN(first[b+1]-first[b]))
	}
	queries, p := []int{width, width, 0, 3 * width}[rng.IntN(4)], h.Batch*h.Heads*h.Tokens
	name := fmt.Sprintf("%v of %v, %d×%d from %d", picked, first, width, h.Heads, in)
	return []Case{
		{Name: "LinearPicked " + name, In: []int{rows * in, 3 * width * in, 3 * width},
			Out: []int{rows * 3 * width},
			Run: func(e Engine, x, y [][]float32) {
				defer e.(cpu).use()()
				ops.LinearPicked(y[0], x[0], x[1], x[2], picked, rows, in, 3*width, queries)
			},
			Judge: func(x, y [][]float64) {
				plain.LinearPicked(y[0], x[0], x[1], x[2], picked, rows, in, 3*width, queries)
			}},
		{Name: "LinearPickedGrad " + name, In: []int{rows * 3 * width, rows * in, 3 * width * in},
			Out: []int{rows * in, 3 * width * in, 3 * width},
			Run: func(e Engine, x, y [][]float32) {
				defer e.(cpu).use()()
				ops.LinearPickedGrad(y[0], y[1], y[2], x[0], x[1], x[2], picked, rows, in, 3*width,
					queries)
			},
			Judge: func(x, y [][]float64) {
				plain.LinearPickedGrad(y[0], y[1], y[2], x[0], x[1], x[2], picked, rows, in, 3*width,
					queries)
			}},
		{Name: "AttentionPicked " + name, In: []int{rows * 3 * width, h.Batch * width},
			Out: []int{h.Batch * width, p, rows * 3 * width},
			Run: func(e Engine, x, y [][]float32) {
				defer e.(cpu).use()()
				ops.AttentionPicked(y[0], y[1], x[0], first, picked, h)
				ops.AttentionPickedGrad(y[2], x[1], x[0], y[1], first, picked, h)
			},
			Judge: func(x, y [][]float64) {
				plain.AttentionPicked(y[0], y[1], x[0], first, picked, h)
				plain.AttentionPickedGrad(y[2], x[1], x[0], y[1], first, picked, h)
			}},
	}
}
