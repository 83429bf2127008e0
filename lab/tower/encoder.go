package tower

import (
	"fmt"
	"sync"

	"cliplab/lab/ops"
	"cliplab/lab/params"
	"cliplab/lab/tensor"
	"cliplab/lab/trace"
)

// Legend: B batch, T tokens, P patches, C width, H heads, D embed dim.

// batchRows is how many tokens go through a tower at once: enough to keep all cores busy, few
// enough that the activations stay small.
const batchRows = 2048

// Encoder is both towers with their weights packed. A layer is packed when it is first used; from
// then on its parameter may change or go away, and the encoder gives what it gave. (Gains, biases
// and embeddings are read where they are.) Parameters that are not in memory are borrowed for that,
// one at a time; those that are read again and again stay. It serves any number of goroutines at
// once, and takes no memory in steady state.
type Encoder struct {
	config    Config
	params    *params.Set
	precision ops.Precision

	patches         *layer // conv1 of a transformer
	vision, text    []*block
	latent          *block // attention pooling of a transformer, or nil
	resNet          *resNet
	imageEnd, words *layer // projections to the features

	works sync.Pool // of *work
}

// NewEncoder makes an encoder whose layers compute in the given precision. Nothing is packed yet.
//
// The error names what is wrong with the configuration or with a parameter.
func NewEncoder(held map[string]*tensor.Tensor, c Config, p ops.Precision) (*Encoder, error) {
	if err := checkAll(c, held); err != nil {
		return nil, err
	}
	return newEncoder(params.Of(held), c, p), nil
}

// NewEncoderOf is NewEncoder with parameters that may be in a file still. To encode panics when
// they cannot be read from there.
func NewEncoderOf(set *params.Set, c Config, p ops.Precision) (*Encoder, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if err := CheckShapes(c, set.Shape); err != nil {
		return nil, err
	}
	return newEncoder(set, c, p), nil
}

func newEncoder(set *params.Set, c Config, p ops.Precision) *Encoder {
	e := &Encoder{config: c, params: set, precision: p}
	e.works.New = func() any { return new(work) }
	if c.IsResNet() {
		e.resNet = newResNet(c)
	} else {
		e.buildViT()
	}
	e.words = &layer{weight: TextProjection, in: c.TextWidth, out: c.EmbedDim, turned: true}
	if c.TextBias {
		e.words.bias = TextProjectionBias
	}
	act := gelu(c.ExactGELU, c.TextTanh)
	for i := range c.TextLayers {
		b := newBlock(TextBlock(i), c.TextWidth, c.TextHidden(), act, c.TextLayerScale)
		e.text = append(e.text, b)
	}
	return e
}

// Config is the shape of the model.
func (e *Encoder) Config() Config { return e.config }

// EncodeImage computes image features, raw, not normalised.
//
//	dst    [B, D]
//	pixels [B, 3, size, size]  normalised by CLIP's mean and deviation
//
// It panics when a shape does not fit.
func (e *Encoder) EncodeImage(dst, pixels *tensor.Tensor) { e.TraceImage(dst, pixels, nil) }

// TraceImage is EncodeImage that keeps in t what t wants. Then all tokens go through the last
// block, not only the class token, and the whole batch at once.
func (e *Encoder) TraceImage(dst, pixels *tensor.Tensor, t *trace.Trace) {
	c, s := e.config, pixels.Shape
	if len(s) != 4 || s[1] != 3 || s[2] != c.ImageSize || s[3] != c.ImageSize {
		panic(fmt.Sprintf("tower: pixels of shape %v, want [n 3 %d %d]", s, c.ImageSize, c.ImageSize))
	}
	n := s[0]
	e.checkFeatures("image", dst, n)
	step := n
	if t == nil {
		step = imagesAtOnce(c)
	} else if !c.IsResNet() {
		t.Start, t.Means = LnPre, c.ImagePool == PoolMean
		if c.NoLnPre {
			t.Start = VisualPositions
		}
	}
	size := 3 * c.ImageSize * c.ImageSize
	w := e.works.Get().(*work)
	for lo := 0; lo < n; lo += step {
		b := min(step, n-lo)
		to, from := dst.Data[lo*c.EmbedDim:(lo+b)*c.EmbedDim], pixels.Data[lo*size:(lo+b)*size]
		if c.IsResNet() {
			e.encodeResNet(w, to, from, b, t)
		} else {
			e.encodeViT(w, to, from, b, t)
		}
	}
	e.works.Put(w)
}

// imagesAtOnce is how many pictures go through at once: of a ResNet as many as keep the cells of
// the first stage near 32 MB.
func imagesAtOnce(c Config) int {
	if c.IsResNet() {
		side := c.ImageSize / 4
		return max(1, (8<<20)/(side*side*4*c.VisionWidth))
	}
	return max(1, batchRows/c.Sequence())
}

// EncodeText computes text features, raw, not normalised.
//
//	dst    [B, D]
//	tokens [B, T]  ids, T up to the context length; a text ends where TextPool says
//
// Tokens behind the end of a text change nothing where each token sees only those before it; they
// are not computed. Without a mask (NoMask) they are. It panics when a shape does not fit or an id
// is not in the vocabulary.
func (e *Encoder) EncodeText(dst, tokens *tensor.Tensor) { e.TraceText(dst, tokens, nil) }

// TraceText is EncodeText that keeps in t what t wants. Then all texts are cut after the longest,
// and all tokens go through the last block, not only the ends of the texts.
func (e *Encoder) TraceText(dst, tokens *tensor.Tensor, t *trace.Trace) {
	c, s := e.config, tokens.Shape
	if len(s) != 2 || s[1] > c.ContextLength || s[1] == 0 {
		panic(fmt.Sprintf("tower: tokens of shape %v, want [n, 1..%d]", s, c.ContextLength))
	}
	n := s[0]
	e.checkFeatures("text", dst, n)
	if t != nil {
		t.Start = PositionalEmbedding
	}
	w := e.works.Get().(*work)
	all, ends := grow(&w.tokens, n*s[1]), grow(&w.ends, n)
	for i, id := range tokens.Data {
		all[i] = int(id)
	}
	c.ends(ends, all, s[1])
	for lo := 0; lo < n; {
		hi, rows := lo, 0
		for hi < n && (hi == lo || t != nil || rows < batchRows) {
			if rows += ends[hi] + 1; c.NoMask {
				rows += s[1] - ends[hi] - 1
			}
			hi++
		}
		e.encodeTexts(w, dst.Data[lo*c.EmbedDim:hi*c.EmbedDim], all[lo*s[1]:hi*s[1]], ends[lo:hi], t)
		lo = hi
	}
	e.works.Put(w)
}

func (e *Encoder) checkFeatures(kind string, dst *tensor.Tensor, n int) {
	if s := dst.Shape; len(s) != 2 || s[0] != n || s[1] != e.config.EmbedDim {
		panic(fmt.Sprintf("tower: %s features of shape %v, want [%d %d]", kind, s, n,
			e.config.EmbedDim))
	}
}

// EncodeImage computes image features with parameters that are used this once; see
// Encoder.EncodeImage. It panics when a parameter does not fit; CheckParams tells before.
func EncodeImage(dst *tensor.Tensor, held map[string]*tensor.Tensor, c Config,
	pixels *tensor.Tensor) {
	newEncoder(params.Of(held), c, ops.F32).EncodeImage(dst, pixels)
}

// EncodeText computes text features with parameters that are used this once.
func EncodeText(dst *tensor.Tensor, held map[string]*tensor.Tensor, c Config,
	tokens *tensor.Tensor) {
	newEncoder(params.Of(held), c, ops.F32).EncodeText(dst, tokens)
}
