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
	return t.Value(fmt.Sprintf("%s%s%d%s", t.prefix(), blocks, layer, weights))
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

// Heat is where the features of picture item come from, laid out as its patches are: the class
// token's rollout without the class token itself. Of a ResNet it is what the attention pooling
// takes from each cell, the mean over the heads.
//
//	result [grid, grid]  values from 0, their sum at most 1
//
// It panics when no attention maps of pictures were kept.
func (t *Trace) Heat(item int) *tensor.Tensor {
	row := t.pooled(item)
	if row == nil {
		row = t.Rollout(item).Row(0).Data
	}
	patches := len(row) - 1
	grid := int(math.Sqrt(float64(patches)))
	if t.prefix() == "" || grid*grid != patches {
		panic(fmt.Sprintf("trace: Heat of %d tokens that are no class token and a square of patches",
			len(row)))
	}
	heat := tensor.New(grid, grid)
	copy(heat.Data, row[1:])
	return heat
}

// pooled is the mean over the heads of a ResNet's attention pooling, nil when none was kept.
func (t *Trace) pooled(item int) []float32 {
	a := t.find("visual.attnpool.weights") // [B, H, 1+cells]
	if a == nil {
		return nil
	}
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
//	item, token of the batch, of the sequence; of a picture token 0 is the class token
//	result      [L+1, C]
//
// It panics when a block's output was not kept.
func (t *Trace) Stream(item, token int) *tensor.Tensor {
	start := t.prefix() + "ln_pre"
	if t.prefix() == "" {
		start = "positional_embedding"
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
