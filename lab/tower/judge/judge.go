package judge

import (
	"math"

	"cliplab/lab/ops/plain"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Model is a configuration with parameters in float64.
type Model struct {
	Config tower.Config
	Params map[string][]float64
}

// New copies parameters.
func New(c tower.Config, params map[string]*tensor.Tensor) *Model {
	m := &Model{c, map[string][]float64{}}
	for name, t := range params {
		m.Params[name] = wide(t.Data)
	}
	return m
}

// Loss is the contrastive loss of a batch of n pairs.
//
//	pixels [n, 3, size, size]
//	tokens [n, length]
func (m *Model) Loss(pixels, tokens *tensor.Tensor) plain.Losses {
	n, d := pixels.Shape[0], m.Config.EmbedDim
	image, text := m.EncodeImage(pixels), m.EncodeText(tokens)
	norms, logits := make([]float64, n), make([]float64, n*n)
	plain.Normalize(image, norms, image, n, d)
	plain.Normalize(text, norms, text, n, d)
	plain.Logits(logits, image, text, m.Params[tower.LogitScale][0], n, d)
	return plain.CrossEntropy(make([]float64, n*n), logits, n)
}

// Derivative is ∂ mean loss / ∂ parameter[i], by central differences with step 1e-5: right to
// about 1e-9.
func (m *Model) Derivative(name string, i int, pixels, tokens *tensor.Tensor) float64 {
	const step = 1e-5
	p := m.Params[name]
	x := p[i]
	p[i] = x + step
	up := m.Loss(pixels, tokens).Mean()
	p[i] = x - step
	down := m.Loss(pixels, tokens).Mean()
	p[i] = x
	return (up - down) / (2 * step)
}

// EncodeImage gives image features [n, D].
func (m *Model) EncodeImage(pixels *tensor.Tensor) []float64 {
	c, n := m.Config, pixels.Shape[0]
	w, count := c.VisionWidth, c.Patches()
	cut := make([]float64, n*count*c.PatchPixels())
	plain.Patches(cut, wide(pixels.Data), n, c.ImageSize, c.PatchSize)
	patches := m.linear(cut, m.Params[tower.ConvWeight], nil, c.PatchPixels(), w)
	x := make([]float64, n*(1+count)*w)
	plain.Sequence(x, patches, m.Params[tower.ClassEmbedding], m.Params[tower.VisualPositions],
		n, count, w)
	x = m.norm(x, tower.LnPre, w)
	for i := range c.VisionLayers {
		x = m.block(x, tower.VisionBlock(i),
			plain.Heads{Batch: n, Tokens: 1 + count, Width: w, Heads: c.VisionHeads})
	}
	return m.project(x, make([]int, n), 1+count, w, tower.LnPost, tower.VisualProjection)
}

// EncodeText gives text features [n, D].
func (m *Model) EncodeText(tokens *tensor.Tensor) []float64 {
	c, n, t, w := m.Config, tokens.Shape[0], tokens.Shape[1], m.Config.TextWidth
	ids, ends := make([]int, n*t), make([]int, n)
	for i, id := range tokens.Data {
		ids[i] = int(id)
	}
	plain.EndOfText(ends, ids, t)
	x := make([]float64, n*t*w)
	plain.Embedding(x, ids, m.Params[tower.TokenEmbedding], m.Params[tower.PositionalEmbedding], t, w)
	for i := range c.TextLayers {
		x = m.block(x, tower.TextBlock(i),
			plain.Heads{Batch: n, Tokens: t, Width: w, Heads: c.TextHeads, Causal: true})
	}
	return m.project(x, ends, t, w, tower.LnFinal, tower.TextProjection)
}

func (m *Model) block(x []float64, b tower.Block, h plain.Heads) []float64 {
	w := h.Width
	qkv := m.linear(m.norm(x, b.Ln1, w), m.Params[b.InWeight], m.Params[b.InBias], w, 3*w)
	mixed := make([]float64, len(x))
	plain.Attention(mixed, make([]float64, h.Batch*h.Heads*h.Tokens*h.Tokens), qkv, h)
	out := m.linear(mixed, m.Params[b.OutProj+".weight"], m.Params[b.OutProj+".bias"], w, w)
	plain.Add(x, x, out)
	n2 := m.norm(x, b.Ln2, w)
	hidden := m.linear(n2, m.Params[b.CFc+".weight"], m.Params[b.CFc+".bias"], w, 4*w)
	if m.Config.ExactGELU {
		plain.GELU(hidden, hidden)
	} else {
		plain.QuickGELU(hidden, hidden)
	}
	out = m.linear(hidden, m.Params[b.CProj+".weight"], m.Params[b.CProj+".bias"], 4*w, w)
	plain.Add(x, x, out)
	return x
}

func (m *Model) project(x []float64, index []int, tokens, w int,
	norm, projection string) []float64 {
	picked := make([]float64, len(index)*w)
	plain.Rows(picked, x, index, tokens, w)
	dst := make([]float64, len(index)*m.Config.EmbedDim)
	plain.Gemm(dst, m.norm(picked, norm, w), m.Params[projection], len(index), m.Config.EmbedDim, w,
		false, false, false)
	return dst
}

func (m *Model) linear(x, w, bias []float64, in, out int) []float64 {
	y := make([]float64, len(x)/in*out)
	plain.Linear(y, x, w, bias, nil, len(x)/in, in, out)
	return y
}

func (m *Model) norm(x []float64, name string, w int) []float64 {
	y, stats := make([]float64, len(x)), make([]float64, 2*len(x)/w)
	plain.LayerNorm(y, stats, x, m.Params[name+".weight"], m.Params[name+".bias"], len(x)/w, w)
	return y
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// MaxError is the largest |got − want|, relative to the largest |want|.
func MaxError(got []float32, want []float64) float64 {
	var worst, largest float64
	for i, w := range want {
		d := math.Abs(float64(got[i]) - w)
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		worst, largest = max(worst, d), max(largest, math.Abs(w))
	}
	return worst / largest
}
