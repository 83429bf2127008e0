package main

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	g "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/attention"
	"github.com/gomlx/gomlx/ml/nn"
)

// Legend: B batch, T tokens, P patches, C width, H heads, D embed dim.

// headWidth is that of every head here.
const headWidth = 64

// clip is CLIP with its parameters as nodes, by their names in checkpoints.
type clip map[string]*g.Node

// loss is CLIP's, the mean of both cross-entropies.
//
//	pixels [B, 3, size, size]
//	ids    [B, T]  int32
func (p clip) loss(pixels, ids *g.Node) *g.Node {
	image := g.L2Normalize(p.encodeImage(pixels), -1) // [B, D]
	text := g.L2Normalize(p.encodeText(ids), -1)      // [B, D]
	logits := g.Mul(g.Exp(p["logit_scale"]), g.Dot(image, text).General([]int{1}, nil, []int{1}, nil))
	truth := g.Diagonal(logits.Graph(), logits.Shape().Dimensions[0])
	half := func(axis int) *g.Node {
		return g.ReduceAllSum(g.Where(truth, g.LogSoftmax(logits, axis), g.ZerosLike(logits)))
	}
	return g.MulScalar(g.Add(half(1), half(0)), -0.5/float64(logits.Shape().Dimensions[0]))
}

func (p clip) encodeImage(pixels *g.Node) *g.Node {
	w := p["visual.conv1.weight"] // [C, 3, patch, patch]
	c, patch := w.Shape().Dimensions[0], w.Shape().Dimensions[2]
	b, size := pixels.Shape().Dimensions[0], pixels.Shape().Dimensions[2]
	grid := size / patch
	x := g.Reshape(pixels, b, 3, grid, patch, grid, patch)
	x = g.Reshape(g.TransposeAllAxes(x, 0, 2, 4, 1, 3, 5), b, grid*grid, 3*patch*patch)
	x = nn.Dense(x, g.Reshape(w, c, 3*patch*patch), nil, compute.DenseLayoutOutputsInput)
	class := g.BroadcastToDims(g.Reshape(p["visual.class_embedding"], 1, 1, c), b, 1, c)
	x = g.Concatenate([]*g.Node{class, x}, 1) // [B, 1+P, C]
	x = g.Add(x, g.ExpandAxes(p["visual.positional_embedding"], 0))
	x = p.blocks(p.norm(x, "visual.ln_pre"), "visual.transformer.resblocks.", false)
	x = g.Reshape(g.SliceAxis(x, 1, g.AxisElem(0)), b, c)
	return g.MatMul(p.norm(x, "visual.ln_post"), p["visual.proj"])
}

func (p clip) encodeText(ids *g.Node) *g.Node {
	b, t := ids.Shape().Dimensions[0], ids.Shape().Dimensions[1]
	x := g.Gather(p["token_embedding.weight"], g.ExpandAxes(ids, -1)) // [B, T, C]
	positions := g.SliceAxis(p["positional_embedding"], 0, g.AxisRange(0, t))
	x = g.Add(x, g.ExpandAxes(positions, 0))
	x = p.norm(p.blocks(x, "transformer.resblocks.", true), "ln_final")
	row := g.Iota(ids.Graph(), shapes.Make(dtypes.Int32, b, 1), 0)
	end := g.ExpandAxes(g.ArgMax(ids, 1, dtypes.Int32), -1)
	x = g.Gather(x, g.Concatenate([]*g.Node{row, end}, 1)) // [B, C]
	return g.MatMul(x, p["text_projection"])
}

func (p clip) blocks(x *g.Node, prefix string, causal bool) *g.Node {
	for i := 0; p[fmt.Sprintf("%s%d.ln_1.weight", prefix, i)] != nil; i++ {
		b := fmt.Sprintf("%s%d.", prefix, i)
		mixed := p.attention(p.norm(x, b+"ln_1"), b+"attn.", causal)
		x = g.Add(x, p.linear(mixed, b+"attn.out_proj"))
		h := p.linear(p.norm(x, b+"ln_2"), b+"mlp.c_fc")
		h = g.Mul(h, g.Logistic(g.MulScalar(h, 1.702)))
		x = g.Add(x, p.linear(h, b+"mlp.c_proj"))
	}
	return x
}

// attention is softmax(Q·Kᵀ/√64)·V per head: [B, T, C] to [B, T, C].
func (p clip) attention(x *g.Node, name string, causal bool) *g.Node {
	s := x.Shape().Dimensions
	qkv := nn.Dense(x, p[name+"in_proj_weight"], p[name+"in_proj_bias"],
		compute.DenseLayoutOutputsInput)
	qkv = g.Reshape(qkv, s[0], s[1], 3, s[2]/headWidth, headWidth)
	qkv = g.TransposeAllAxes(qkv, 2, 0, 3, 1, 4) // [3, B, H, T, 64]
	part := func(i int) *g.Node {
		return g.Reshape(g.SliceAxis(qkv, 0, g.AxisElem(i)), s[0], s[2]/headWidth, s[1], headWidth)
	}
	mixed, _ := attention.Core(part(0), part(1), part(2), attention.LayoutBHSD,
		attention.CoreOptions{UseCausalMask: causal})
	return g.Reshape(g.TransposeAllAxes(mixed, 0, 2, 1, 3), s...)
}

func (p clip) norm(x *g.Node, name string) *g.Node {
	return nn.LayerNorm(x, []int{-1}, 1e-5, p[name+".weight"], p[name+".bias"], nil)
}

func (p clip) linear(x *g.Node, name string) *g.Node {
	return nn.Dense(x, p[name+".weight"], p[name+".bias"], compute.DenseLayoutOutputsInput)
}
