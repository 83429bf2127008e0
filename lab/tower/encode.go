package tower

import (
	"fmt"

	"cliplab/lab/ops"
	"cliplab/lab/tensor"
)

// Legend: B batch, T tokens, P patches, C width, D embed dim.

// batchRows is how many tokens go through a tower at once: enough to keep all cores busy, few
// enough that the activations stay small.
const batchRows = 2048

// EncodeImage computes image features, raw, not normalised.
//
//	dst    [B, D]
//	pixels [B, 3, size, size]  normalised by CLIP's mean and deviation
//
// It panics when a shape does not fit or a parameter is missing; CheckParams tells before.
func EncodeImage(dst *tensor.Tensor, params map[string]*tensor.Tensor, c Config,
	pixels *tensor.Tensor) {
	n := rowsOf("pixels", pixels, 3, c.ImageSize, c.ImageSize)
	wantShape("image features", dst, n, c.EmbedDim)
	r := newRun(params, c.ExactGELU)
	count, width := c.Patches(), c.VisionWidth
	step := max(1, batchRows/(1+count))
	for lo := 0; lo < n; lo += step {
		b := min(step, n-lo)
		images := pixels.Slice(lo, lo+b).Data
		cut := r.take(b * count * c.PatchPixels())
		ops.Patches(cut, images, b, c.ImageSize, c.PatchSize)
		patches := r.linear(cut, ConvWeight, "", nil, b*count, c.PatchPixels(), width)
		x := r.take(b * (1 + count) * width)
		ops.Sequence(x, patches, r.get(ClassEmbedding), r.get(VisualPositions), b, count, width)
		x = r.norm(x, LnPre, b*(1+count), width)
		h := ops.Heads{Batch: b, Tokens: 1 + count, Width: width, Heads: c.VisionHeads}
		x = r.blocks(x, VisionBlock, c.VisionLayers, h, make([]int, b)) // class tokens, [b, width]
		r.project(dst.Slice(lo, lo+b).Data, x, b, width, LnPost, VisualProjection, c.EmbedDim)
		r.reset()
	}
}

// EncodeText computes text features, raw, not normalised.
//
//	dst    [B, D]
//	tokens [B, T]  ids, T up to the context length; a text ends at its largest id
//
// Tokens behind the end of the longest text change nothing, as each token sees only those before
// it; they are not computed.
func EncodeText(dst *tensor.Tensor, params map[string]*tensor.Tensor, c Config,
	tokens *tensor.Tensor) {
	if len(tokens.Shape) != 2 || tokens.Shape[1] > c.ContextLength || tokens.Shape[1] == 0 {
		panic(fmt.Sprintf("tower: tokens of shape %v, want [n, 1..%d]", tokens.Shape,
			c.ContextLength))
	}
	n, width := tokens.Shape[0], c.TextWidth
	wantShape("text features", dst, n, c.EmbedDim)
	r := newRun(params, c.ExactGELU)
	step := max(1, batchRows/tokens.Shape[1])
	for lo := 0; lo < n; lo += step {
		b := min(step, n-lo)
		ids, ends, length := cutTexts(tokens.Slice(lo, lo+b))
		x := r.take(b * length * width)
		ops.Embedding(x, ids, r.get(TokenEmbedding), r.get(PositionalEmbedding)[:length*width],
			length, width)
		h := ops.Heads{Batch: b, Tokens: length, Width: width, Heads: c.TextHeads, Causal: true}
		x = r.blocks(x, TextBlock, c.TextLayers, h, ends) // ends of text, [b, width]
		r.project(dst.Slice(lo, lo+b).Data, x, b, width, LnFinal, TextProjection, c.EmbedDim)
		r.reset()
	}
}

// cutTexts gives the ids as integers, cut behind the end of the longest text, where each ends,
// and the length that is left.
func cutTexts(tokens *tensor.Tensor) (ids, ends []int, length int) {
	b, t := tokens.Shape[0], tokens.Shape[1]
	all := make([]int, b*t)
	for i, id := range tokens.Data {
		all[i] = int(id)
	}
	ends = make([]int, b)
	ops.EndOfText(ends, all, t)
	for _, e := range ends {
		length = max(length, e+1)
	}
	for i := range b {
		ids = append(ids, all[i*t:i*t+length]...)
	}
	return ids, ends, length
}

func rowsOf(name string, t *tensor.Tensor, shape ...int) int {
	if len(t.Shape) != 1+len(shape) {
		panic(fmt.Sprintf("tower: %s of shape %v, want [n %v]", name, t.Shape, shape))
	}
	wantShape(name, t, append([]int{t.Shape[0]}, shape...)...)
	return t.Shape[0]
}

func wantShape(name string, t *tensor.Tensor, shape ...int) {
	if fmt.Sprint(t.Shape) != fmt.Sprint(shape) {
		panic(fmt.Sprintf("tower: %s of shape %v, want %v", name, t.Shape, shape))
	}
}
