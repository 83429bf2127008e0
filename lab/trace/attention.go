package trace

import (
	"fmt"
	"math"
	"strings"

	"cliplab/lab/tensor"
)

// Legend: L layers, B batch, H heads, T tokens, C width.

const (
	blocks  = "transformer.resblocks."
	weights = ".attn.weights"
)

// Attention is the attention map of a block: how much of token j each token i takes, per head.
//
//	layer  0 is the first block
//	result [B, H, T, T]  each row sums to 1
//
// It panics when that map was not kept.
func (t *Trace) Attention(layer int) *tensor.Tensor {
	name := fmt.Sprintf("%s%s%d%s", t.prefix(), blocks, layer, weights)
	if a := t.find(name); a != nil {
		return a
	}
	var kept []string
	for _, p := range t.Points {
		block, ok := strings.CutPrefix(p.Name, t.prefix()+blocks)
		if block, whole := strings.CutSuffix(block, weights); ok && whole {
			kept = append(kept, block)
		}
	}
	if len(kept) == 0 {
		panic(fmt.Sprintf("trace: no attention maps were kept; trace %q too", "*"+weights))
	}
	panic(fmt.Sprintf("trace: attention of block %d; it was kept of %s", layer,
		strings.Join(kept, ", ")))
}

// Layers is the number of blocks of which attention maps were kept, from the first on.
func (t *Trace) Layers() int {
	n := 0
	for t.find(fmt.Sprintf("%s%s%d%s", t.prefix(), blocks, n, weights)) != nil {
		n++
	}
	return n
}

// prefix is "visual." of an image tower's trace.
func (t *Trace) prefix() string {
	if len(t.Points) > 0 && strings.HasPrefix(t.Points[0].Name, "visual.") {
		return "visual."
	}
	return ""
}

// Rollout follows attention through all blocks: how much of the input at token j has come to
// token i. The residual connection is half of each step.
//
//	R₀ = I,  Rₗ = (½ meanₕ Aₗₕ + ½ I) · Rₗ₋₁
//
//	item   of the batch
//	result [T, T]  each row sums to 1
//
// It panics when no attention maps were kept. Abnar & Zuidema 2020, "Quantifying Attention Flow
// in Transformers", section 3.
func (t *Trace) Rollout(item int) *tensor.Tensor {
	layers := t.Layers()
	if layers == 0 {
		panic("trace: Rollout needs attention maps; trace \"*" + weights + "\" too")
	}
	tokens := t.Attention(0).Shape[2]
	roll := tensor.New(tokens, tokens)
	for i := range tokens {
		roll.Data[i*tokens+i] = 1
	}
	for layer := range layers {
		step, next := t.step(layer, item), tensor.New(tokens, tokens)
		for i := range tokens {
			row := next.Data[i*tokens : (i+1)*tokens]
			for k := range tokens {
				a := step[i*tokens+k]
				for j := range row {
					row[j] += a * roll.Data[k*tokens+j]
				}
			}
		}
		roll = next
	}
	return roll
}

// Heat is where the features of picture item come from, laid out as its patches are: the rollout
// of the token that they are made of, without the class token itself.
//
//	CLIP    the class token's rollout
//	CLIPA   the mean of the patches' rollouts
//	SigLIP  what its query takes from each patch, the mean over the heads, followed through the
//	        blocks whose maps were kept
//	ResNet  what its attention pooling takes from each cell, the mean over the heads
//
//	result [grid, grid]  values from 0, their sum at most 1
//
// It panics when what it needs was not kept, and says what to trace.
func (t *Trace) Heat(item int) *tensor.Tensor {
	var row []float32 // of how many tokens is also how much of each
	first := 1        // patch
	switch {
	case t.find(resNetPool) != nil:
		row = t.meanOfHeads(resNetPool, item)
	case t.find(queryPool) != nil:
		row, first = t.meanOfHeads(queryPool, item), 0
		if t.Layers() > 0 {
			row = mix(row, t.Rollout(item))
		}
	case t.Means:
		roll := t.Rollout(item)
		even := make([]float32, roll.Shape[0])
		for i := range even[1:] {
			even[1+i] = 1 / float32(len(even)-1)
		}
		row = mix(even, roll)
	default:
		row = t.Rollout(item).Row(0).Data
	}
	patches := len(row) - first
	grid := int(math.Sqrt(float64(patches)))
	if t.prefix() == "" || grid*grid != patches || patches == 0 {
		panic(fmt.Sprintf("trace: Heat of %d tokens that are no class token and a square of patches; "+
			"of a SigLIP, trace %q too", len(row), queryPool))
	}
	heat := tensor.New(grid, grid)
	copy(heat.Data, row[first:])
	return heat
}

// The points of what pools by attention: of a ResNet [B, H, 1+cells], of a SigLIP [B, H, P].
const (
	resNetPool = "visual.attnpool.weights"
	queryPool  = "visual.attn_pool.attn.weights"
)

// meanOfHeads is the mean over the heads of what a point [B, H, T] has of an item.
func (t *Trace) meanOfHeads(point string, item int) []float32 {
	a := t.find(point)
	if item < 0 || item >= a.Shape[0] {
		panic(fmt.Sprintf("trace: item %d of a batch of %d", item, a.Shape[0]))
	}
	heads, tokens := a.Shape[1], a.Shape[2]
	row := make([]float32, tokens)
	for i, p := range a.Row(item).Data {
		row[i%tokens] += p / float32(heads)
	}
	return row
}

// mix is Σᵢ rowᵢ·rollᵢ.
//
//	row  [T]
//	roll [T, T]
func mix(row []float32, roll *tensor.Tensor) []float32 {
	sum := make([]float32, len(row))
	for i, w := range row {
		for j, p := range roll.Row(i).Data {
			sum[j] += w * p
		}
	}
	return sum
}

// step is ½ of the mean over the heads plus ½ of the identity.
func (t *Trace) step(layer, item int) []float32 {
	a := t.Attention(layer)
	heads, tokens := a.Shape[1], a.Shape[2]
	if item < 0 || item >= a.Shape[0] {
		panic(fmt.Sprintf("trace: item %d of a batch of %d", item, a.Shape[0]))
	}
	step := make([]float32, tokens*tokens)
	for h := range heads {
		for i, p := range a.Row(item).Data[h*len(step) : (h+1)*len(step)] {
			step[i] += p / float32(2*heads)
		}
	}
	for i := range tokens {
		step[i*tokens+i] += .5
	}
	return step
}

// Stream is a token's residual stream: what it is before the first block and after each.
//
//	item, token of the batch, of the sequence; of a picture token 0 is the class token, but a
//	            SigLIP has none: its tokens are the patches
//	result      [L+1, C]
//
// It panics when a block's output was not kept.
func (t *Trace) Stream(item, token int) *tensor.Tensor {
	start := t.Start
	switch {
	case start != "":
	case t.prefix() == "":
		start = "positional_embedding"
	default:
		start = t.prefix() + "ln_pre"
	}
	rows := []*tensor.Tensor{t.Value(start)}
	for {
		v := t.find(fmt.Sprintf("%s%s%d", t.prefix(), blocks, len(rows)-1))
		if v == nil {
			break
		}
		rows = append(rows, v)
	}
	s := rows[0].Shape
	if item < 0 || item >= s[0] || token < 0 || token >= s[1] {
		panic(fmt.Sprintf("trace: token %d of item %d in %v", token, item, s))
	}
	stream := tensor.New(len(rows), s[2])
	for i, v := range rows {
		copy(stream.Row(i).Data, v.Data[(item*s[1]+token)*s[2]:])
	}
	return stream
}
