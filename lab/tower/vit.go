package tower

import (
	"cliplab/lab/ops"
	"cliplab/lab/trace"
)

// buildViT makes the layers of a transformer that reads pictures.
func (e *Encoder) buildViT() {
	c := e.config
	act := gelu(c.ExactGELU, c.VisionTanh)
	e.patches = &layer{weight: ConvWeight, in: c.PatchPixels(), out: c.VisionWidth}
	for i := range c.VisionLayers {
		b := newBlock(VisionBlock(i), c.VisionWidth, c.VisionHidden(), act, c.VisionLayerScale)
		e.vision = append(e.vision, b)
	}
	if c.ImagePool == PoolAttention {
		e.patches.bias = ConvBias
		e.latent = newBlock(LatentBlock(), c.VisionWidth, c.VisionHidden(), act, false)
		return
	}
	e.imageEnd = &layer{weight: VisualProjection, in: c.VisionWidth, out: c.EmbedDim, turned: true}
}

// encodeViT carries b pictures to features.
func (e *Encoder) encodeViT(w *work, dst, pixels []float32, b int, t *trace.Trace) {
	c := e.config
	width := c.VisionWidth
	s := w.equal(b, c.Sequence())
	s.width, s.heads, s.whole = width, c.VisionHeads, c.ImagePool != PoolClass
	x := e.sequence(w, pixels, b, s, t)
	if !c.NoLnPre {
		e.layerNorm(w, x, x, lnPreGain, lnPreShift, s.rows(), width)
		t.Keep(LnPre, "", normFormula, x, b, c.Sequence(), width)
	}
	x = e.blocks(w, x, e.vision, s, t)
	if c.ImagePool == PoolAttention {
		e.poolLatent(w, dst, x, s, t)
		return
	}
	formula := normFormula + ", of the class token"
	if c.ImagePool == PoolMean {
		x = meanBehindFirst(grow(&w.picked, b*width), x, s)
		formula = normFormula + ", of the mean of the patches"
	}
	y := grow(&w.mixed, b*width)
	e.layerNorm(w, y, x, lnPostGain, lnPostShift, b, width)
	t.Keep(LnPost, "", formula, y, b, width)
	e.apply(e.imageEnd, dst, y, nil, b, ops.Identity)
	t.Keep(VisualProjection, "", "ln_post · proj: the image features", dst, b, c.EmbedDim)
}

// sequence is the patches with their positions, behind the class token where there is one.
//
//	pixels [B, 3, size, size]
//	result [B, T, C]
func (e *Encoder) sequence(w *work, pixels []float32, b int, s sequences,
	t *trace.Trace) []float32 {
	c := e.config
	count, width := c.Patches(), c.VisionWidth
	cut := grow(&w.wide, b*count*c.PatchPixels())
	ops.Patches(cut, pixels, b, c.ImageSize, c.PatchSize)
	patches := grow(&w.norm, b*count*width)
	e.apply(e.patches, patches, cut, nil, b*count, ops.Identity)
	t.Keep("visual.conv1", "", "patches · Wᵀ", patches, b, count, width)
	x, positions := grow(&w.x, s.rows()*width), e.get(VisualPositions)
	formula := "[class_embedding; conv1] + positional_embedding"
	if e.latent == nil {
		ops.Sequence(x, patches, e.get(ClassEmbedding), positions, b, count, width)
	} else {
		formula = "conv1 + positional_embedding"
		for lo := 0; lo < len(x); lo += len(positions) {
			hi := lo + len(positions)
			ops.Add(x[lo:hi], patches[lo:hi], positions)
		}
	}
	t.Keep(VisualPositions, "", formula, x, b, c.Sequence(), width)
	return x
}

// meanBehindFirst is the mean of all tokens of each sequence but the first.
//
//	dst [B, C]
//	x   [B, T, C]
func meanBehindFirst(dst, x []float32, s sequences) []float32 {
	clear(dst)
	for b := range s.picks {
		mean := dst[b*s.width : (b+1)*s.width]
		from, to := s.starts[b]+1, s.starts[b+1]
		for row := from; row < to; row++ {
			for i, v := range x[row*s.width : (row+1)*s.width] {
				mean[i] += v
			}
		}
		for i := range mean {
			mean[i] /= float32(to - from)
		}
	}
	return dst
}

// poolLatent lets a learned query ask all patches; an MLP follows.
//
//	y   = softmax(q·Kᵀ/√d)·V · Wᵀ + b,  K, V of ln_post(x)
//	dst = y + c_proj(GELU(c_fc(ln_2(y))))
//
//	dst [B, C]
//	x   [B, P, C]
//
// Zhai et al. 2022, "Scaling Vision Transformers" (MAP), as SigLIP has it.
func (e *Encoder) poolLatent(w *work, dst, x []float32, s sequences, t *trace.Trace) {
	l, b, width, tokens := e.latent, len(s.picks), s.width, s.groups[0].tokens
	n := grow(&w.norm, len(x))
	e.layerNorm(w, n, x, lnPostGain, lnPostShift, s.rows(), width)
	t.Keep(LnPost, "", normFormula, n, b, tokens, width)
	kv := grow(&w.wide, 2*len(x))
	e.apply(l.keysValues, kv, n, nil, s.rows(), ops.Identity)
	q := grow(&w.queries, b*width)
	e.apply(l.query, q[:width], e.get(LatentQuery), nil, 1, ops.Identity)
	for i := 1; i < b; i++ {
		copy(q[i*width:(i+1)*width], q)
	}
	var probs []float32
	if t.Wants(l.name, ".attn.weights") {
		probs = grow(&w.probs, b*s.heads*tokens)
	}
	mixed := grow(&w.mixed, b*width)
	w.attendOne(mixed, probs, q, kv, kv[width:], 2*width, s)
	if probs != nil {
		t.Keep(l.name, ".attn.weights", "softmax(q·Kᵀ/√d)", probs, b, s.heads, tokens)
	}
	e.apply(l.out, dst, mixed, nil, b, ops.Identity)
	t.Keep(l.name, ".attn", "(weights · V) · Wᵀ + b", dst, b, width)
	e.mlp(w, dst, l, width, group{batch: b, tokens: 1}, t)
	t.Keep(l.name, "", "attn + mlp(ln_2(attn)): the image features", dst, b, width)
}
