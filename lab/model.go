package lab

import (
	"cmp"
	"fmt"
	"image"
	"slices"
	"strings"
	"sync"

	"cliplab/lab/bpe"
	"cliplab/lab/configs"
	"cliplab/lab/ops"
	"cliplab/lab/params"
	"cliplab/lab/pixels"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Config is the architecture of a CLIP: sizes of both towers.
type Config = tower.Config

// Tokens is a batch of tokenized captions; see package lab/bpe.
type Tokens = bpe.Tokens

// Model is a CLIP that can be asked, stage by stage. Its methods may be called from several
// goroutines.
type Model struct {
	Name   string
	Config Config
	// Precision is what EncodeImage and EncodeText compute in: ops.F32, ops.BF16 or ops.I8.
	Precision ops.Precision

	Pixels pixels.Options // how Preprocess makes pictures ready

	params     *params.Set
	words      *words       // nil: captions are cut into CLIP's tokens
	vocabulary *Vocabulary  // nil: the token embedding has a row for each id
	unchanged  func() error // says whether the file is what was opened; may be nil
	packed     packed
}

// NewModel puts a model together from its parts. A nil vocabulary means that the token
// embedding has a row for each of CLIP's ids.
func NewModel(name string, cfg Config, held map[string]*Tensor, v *Vocabulary) (*Model, error) {
	if err := tower.CheckParams(cfg, held); err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	return newModel(name, cfg, params.Of(held), v)
}

// newModel is NewModel of parameters that may be in a file still.
func newModel(name string, cfg Config, set *params.Set, v *Vocabulary) (*Model, error) {
	if err := tower.CheckShapes(cfg, set.Shape); err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	options := pixels.CLIP
	options.Size = cfg.ImageSize
	return &Model{Name: name, Config: cfg, params: set, Pixels: options, vocabulary: v,
		words: place{}.words(configs.Of(cfg))}, nil
}

// Params are the parameters by their names in OpenAI's checkpoints, all of them in memory from now
// on; of a large model that was loaded from a file they were not. EncodeImage and EncodeText work
// with packed copies. A parameter that is replaced in the map is noticed, and so is any number
// that changes in a model of up to 4 million; after changing numbers in place in a larger one, call
// Changed. Not while another goroutine encodes.
//
// It panics when the file is no longer what was loaded.
func (m *Model) Params() map[string]*Tensor {
	all, err := m.params.All()
	if err != nil {
		panic(fmt.Sprintf("lab: model %s: %v", m.Name, err))
	}
	return all
}

// Param is one of Params. The others stay where they are. It panics when there is none of that
// name, with names that begin alike; HasParam asks.
func (m *Model) Param(name string) *Tensor {
	t, err := m.params.Get(name)
	if err == nil && t == nil {
		err = fmt.Errorf("no parameter is called %q; there are %s", name,
			strings.Join(alike(name, m.params.Names()), ", "))
	}
	if err != nil {
		panic(fmt.Sprintf("lab: model %s: %v", m.Name, err))
	}
	return t
}

// HasParam tells whether there is a parameter of that name.
func (m *Model) HasParam(name string) bool { return m.params.Shape(name) != nil }

// alike is some of the names, those with the longest common beginning first, of these the short.
func alike(name string, names []string) []string {
	const most = 3
	common := func(other string) int {
		n := 0
		for n < min(len(name), len(other)) && name[n] == other[n] {
			n++
		}
		return n
	}
	names = slices.SortedFunc(slices.Values(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(common(b), common(a)), cmp.Compare(len(a), len(b)),
			cmp.Compare(a, b))
	})
	return names[:min(most, len(names))]
}

// LogitScale is exp(t), the learned multiplier of the cosines.
func (m *Model) LogitScale() float64 {
	return LogitScale(float64(m.Param(tower.LogitScale).Data[0]))
}

// LogitBias is SigLIP's learned bias of logits, which are then for sigmoids, one for each pair of
// a picture and a text; ok is false of a CLIP, whose logits are for a softmax.
func (m *Model) LogitBias() (b float64, ok bool) {
	if !m.HasParam(tower.LogitBias) {
		return 0, false
	}
	t := m.Param(tower.LogitBias)
	if len(t.Data) != 1 {
		return 0, false
	}
	return float64(t.Data[0]), true
}

// Preprocess resizes the short side to the model's picture size, crops the centre, and
// normalises by CLIP's mean and standard deviation, or as else the model's Pixels say.
//
//	pictures any sizes
//	result   [n, 3, size, size]  values about −1.8..2.2
func (m *Model) Preprocess(pictures ...image.Image) *Tensor {
	if len(pictures) == 0 {
		panic("lab: Preprocess of no pictures")
	}
	for i, p := range pictures {
		if p == nil {
			panic(fmt.Sprintf("lab: Preprocess: picture %d of %d is nil; did its decoding fail?",
				i+1, len(pictures)))
		}
	}
	return m.Pixels.PreprocessBatch(pictures)
}

// Tokenize cuts captions into CLIP's tokens, between a start and an end token, padded with 0
// to the model's context length; or into the words of a SigLIP, as it was trained on.
//
// The error names a caption that is too long, or says what words are missing.
func (m *Model) Tokenize(captions ...string) (*Tokens, error) {
	if m.words == nil {
		return tokenizer().Tokenize(captions, m.Config.ContextLength)
	}
	tokens, err := m.words.tokenize(captions, m.Config.ContextLength)
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", m.Name, err)
	}
	return tokens, nil
}

// OwnWords tells whether Tokenize cuts captions into other tokens than CLIP's.
func (m *Model) OwnWords() bool { return m.words != nil }

var tokenizer = sync.OnceValue(bpe.New)

// EncodeImage sends pictures through the vision tower.
//
//	pixels [n, 3, size, size]  as Preprocess gives them
//	result [n, embed]          features, not normalised
func (m *Model) EncodeImage(pixels *Tensor) *Tensor {
	features := tensor.New(pixels.Shape[0], m.Config.EmbedDim)
	m.encoder().EncodeImage(features, pixels)
	return features
}

// EncodeText sends captions through the text tower.
//
//	tokens [n, context]
//	result [n, embed]  features, not normalised
func (m *Model) EncodeText(tokens *Tokens) *Tensor {
	features := tensor.New(len(tokens.IDs), m.Config.EmbedDim)
	m.encoder().EncodeText(features, m.rows(tokens))
	return features
}

// rows are the rows of the token embedding that tokens stand for.
func (m *Model) rows(tokens *Tokens) *Tensor {
	ids := tokens.IDs
	if m.vocabulary != nil {
		ids = m.vocabulary.Rows(ids)
	}
	return asTensor(ids, m.Config.ContextLength)
}

// asTensor lays rows of ids out as the towers take them.
func asTensor(ids [][]int, context int) *Tensor {
	t := tensor.New(len(ids), context)
	for i, row := range ids {
		for j, id := range row {
			t.Data[i*context+j] = float32(id)
		}
	}
	return t
}

// Unknown lists the pieces of a caption that the model never met in training and so reads all
// alike. A model with CLIP's whole vocabulary has met all.
func (m *Model) Unknown(caption string) []string {
	if m.vocabulary == nil {
		return nil
	}
	var unknown []string
	for _, piece := range tokenizer().Pieces(caption) {
		if !m.vocabulary.Knows(piece.ID) {
			unknown = append(unknown, piece.Text)
		}
	}
	return unknown
}

// Parameters is the number of trained numbers.
func (m *Model) Parameters() int {
	n, _ := tower.Count(m.Config)
	if _, ok := m.LogitBias(); ok {
		n++
	}
	return n
}

// String sums the model up in a few lines.
func (m *Model) String() string {
	c := m.Config
	vision := fmt.Sprintf("in patches of %d, width %d, %d layers, %d heads", c.PatchSize,
		c.VisionWidth, c.VisionLayers, c.VisionHeads)
	if c.IsResNet() {
		vision = fmt.Sprintf("through a ResNet, width %d, %v bottlenecks, attention pooling of %d heads",
			c.VisionWidth, c.VisionStages, c.VisionHeads)
	}
	kind, bias := "CLIP", ""
	if b, ok := m.LogitBias(); ok {
		kind, bias = "SigLIP", fmt.Sprintf("; logit bias %.1f", b)
	}
	return fmt.Sprintf("%s: a %s of %.1f million parameters\n"+
		"  vision  %d × %d pixels %s\n"+
		"  text    %d tokens at most, width %d, %d layers, %d heads\n"+
		"  both end in %d dimensions; exp(t) = %.1f%s",
		m.Name, kind, float64(m.Parameters())/1e6, c.ImageSize, c.ImageSize, vision,
		c.ContextLength, c.TextWidth, c.TextLayers, c.TextHeads,
		c.EmbedDim, m.LogitScale(), bias)
}

// Vocabulary is the tokens that the model met in training, nil when it met all.
func (m *Model) Vocabulary() *Vocabulary { return m.vocabulary }
