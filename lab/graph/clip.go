package graph

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	gt "gorgonia.org/tensor"

	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Config is the shape of the model; see tower.Config.
type Config = tower.Config

// CLIP is both towers and the loss of their pairs, for batches of one size, as nodes of a graph.
type CLIP struct {
	Config     Config
	Batch      int
	TextLength int // tokens of a text in this graph, up to Config.ContextLength

	Images *G.Node // input [batch, 3, size, size]; nil where no image tower is
	Tokens *G.Node // input [batch, TextLength], ids as float32; nil where no text tower is

	ImageFeatures *G.Node // unit features [batch, embed]
	TextFeatures  *G.Node // unit features [batch, embed]
	LogLogitScale *G.Node // t, a learned scalar
	Logits        *G.Node // [batch, batch], rows are images
	Loss          *G.Node // scalar; of Contrastive the mean of both halves

	// What FeatureGradients wants: inputs [batch, embed], the gradients of a loss elsewhere.
	ImageGradient, TextGradient *G.Node

	givenImage, givenText *G.Node

	g      *G.ExprGraph
	values map[string]*tensor.Tensor
	params []*G.Node // those in use, in the order of tower.Params
	byName map[string]*G.Node
	frozen map[string]bool
	parts  ops.Losses

	running bool         // batch norms take running statistics, whatever is frozen
	norms   []*batchNorm // those that take the batch's
	bench   bench        // of convolutions
}

// NewCLIP adds an untrained model to g, started from a seed, for batches of the given size.
func NewCLIP(g *G.ExprGraph, c Config, batch int, seed uint64) *CLIP {
	clip, err := NewCLIPFrom(g, c, batch, tower.Init(c, seed), Options{})
	if err != nil {
		panic(err)
	}
	return clip
}

// NewCLIPFrom adds a model with given parameters to g. It shares their memory: training changes
// them. Several graphs, as for other batch sizes, may share the same parameters.
func NewCLIPFrom(g *G.ExprGraph, c Config, batch int, params map[string]*tensor.Tensor,
	o Options) (*CLIP, error) {
	if o.TextLength == 0 {
		o.TextLength = c.ContextLength
	}
	if err := errors.Join(c.Check(), c.Usual()); err != nil {
		return nil, err
	}
	if err := tower.CheckParams(c, params); err != nil {
		return nil, err
	}
	if batch < 1 || o.TextLength < 1 || o.TextLength > c.ContextLength {
		return nil, fmt.Errorf("graph: batch of %d texts of %d tokens, the context is %d", batch,
			o.TextLength, c.ContextLength)
	}
	if err := o.check(params); err != nil {
		return nil, err
	}
	m := &CLIP{Config: c, Batch: batch, TextLength: o.TextLength, g: g, values: params,
		byName: map[string]*G.Node{}, frozen: map[string]bool{}, running: o.RunningStatistics}
	for _, p := range tower.Params(c) {
		m.frozen[p.Name] = p.Buffer || o.Frozen != nil && o.Frozen(p.Name)
	}
	if err := m.checkNorms(o); err != nil {
		return nil, err
	}
	m.features(o)
	m.objective(o)
	m.order()
	return m, nil
}

// imageTower gives raw image features [batch, embed].
func (m *CLIP) imageTower() *G.Node {
	if m.Config.IsResNet() {
		return m.resNet()
	}
	x := PatchEmbedding(m.Images, m.Param(tower.ConvWeight)) // [batch, grid², width]
	x = Sequence(x, m.Param(tower.ClassEmbedding), m.Param(tower.VisualPositions))
	x = m.norm(x, tower.LnPre, nil) // [batch, 1+grid², width]
	x = m.blocks(x, tower.VisionBlock, m.Config.VisionLayers, m.Config.VisionHeads,
		newSequences(m.Batch, x.Shape()[1]), "ClassToken")
	x = m.norm(x, tower.LnPost, nil) // [batch, width]
	return Project(x, m.Param(tower.VisualProjection))
}

// textTower gives raw text features [batch, embed].
func (m *CLIP) textTower() *G.Node {
	texts := newTexts(m.Batch, m.TextLength, true)
	x := embedding(m.Tokens, m.Param(tower.TokenEmbedding), m.Param(tower.PositionalEmbedding),
		texts)
	x = m.blocks(x, tower.TextBlock, m.Config.TextLayers, m.Config.TextHeads, texts, "EndOfText")
	x = m.norm(x, tower.LnFinal, nil) // [batch, width]
	return Project(x, m.Param(tower.TextProjection))
}

// blocks runs x through a tower's blocks and picks the token that stands for each sequence: the
// class token, or of texts, which are under a causal mask, the end. In the last block all tokens
// are attended to, but only the picked one asks and goes on: nothing reads the others.
func (m *CLIP) blocks(x *G.Node, names func(int) tower.Block, layers, heads int, s *sequences,
	picked string) *G.Node {
	if layers == 0 {
		return s.pick(picked, x, nil, true)
	}
	for i := range layers - 1 {
		around, b := new(fork), names(i)
		qkv := Linear(m.norm(x, b.Ln1, around), m.Param(b.InWeight), m.Param(b.InBias))
		x = m.block(x, Attention(qkv, heads, s.ragged), around, b) // [batch, tokens, width]
	}
	around, b := new(fork), names(layers-1)
	qkv := s.queries(m.norm(x, b.Ln1, around), m.Param(b.InWeight), m.Param(b.InBias))
	mixed, all := s.attend(qkv, heads), x
	around.spread = func(grad *G.Node) *G.Node { return s.spread(picked, grad, all) }
	return m.block(s.pick(picked, x, nil, false), mixed, around, b)
}

// block is the rest of a pre-norm residual block, from what its attention gave:
//
//	x = x + attention(ln_1(x))
//	x = x + c_proj(GELU(c_fc(ln_2(x))))
func (m *CLIP) block(x, mixed *G.Node, around *fork, b tower.Block) *G.Node {
	x = linear(mixed, m.Param(b.OutProj+".weight"), m.Param(b.OutProj+".bias"), x, around, true)

	around = new(fork)
	hidden := Linear(m.norm(x, b.Ln2, around), m.Param(b.CFc+".weight"), m.Param(b.CFc+".bias"))
	if m.Config.ExactGELU {
		hidden = GELU(hidden)
	} else {
		hidden = QuickGELU(hidden)
	}
	return linear(hidden, m.Param(b.CProj+".weight"), m.Param(b.CProj+".bias"), x, around, true)
}

func (m *CLIP) norm(x *G.Node, name string, skip *fork) *G.Node {
	return layerNorm(x, m.Param(name+".weight"), m.Param(name+".bias"), skip)
}

// Param is the node of a parameter by its checkpoint name, for ops to use: of a frozen one it
// carries no gradient. It panics when there is none.
func (m *CLIP) Param(name string) *G.Node {
	if n := m.byName[name]; n != nil {
		return n
	}
	t := m.values[name]
	if t == nil {
		panic(fmt.Sprintf("graph: no parameter %q", name))
	}
	n := parameter(m.g, name, t)
	m.params = append(m.params, n)
	if m.frozen[name] {
		n = fixed(n)
	}
	m.byName[name] = n
	return n
}

// order sorts the parameters as tower.Params lists them.
func (m *CLIP) order() {
	place := map[string]int{LogitBias: math.MaxInt}
	for i, p := range tower.Params(m.Config) {
		place[p.Name] = i
	}
	slices.SortFunc(m.params, func(a, b *G.Node) int { return place[a.Name()] - place[b.Name()] })
}

// Learnables are the nodes of the parameters to learn, in checkpoint order.
func (m *CLIP) Learnables() G.Nodes {
	var nodes G.Nodes
	for _, n := range m.params {
		if !m.frozen[n.Name()] {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// Params are the parameters by checkpoint name, also those of towers that are not in the graph.
// They share memory with the graph.
func (m *CLIP) Params() map[string]*tensor.Tensor { return maps.Clone(m.values) }

// Load copies parameters into the graph. Nothing is copied when one is missing or misshapen.
func (m *CLIP) Load(params map[string]*tensor.Tensor) error {
	if err := tower.CheckParams(m.Config, params); err != nil {
		return err
	}
	for name, t := range m.values {
		if from := params[name]; from != nil {
			copy(t.Data, from.Data)
		}
	}
	return nil
}

// SetBatch copies the inputs of the next run in; what no tower wants may be nil.
//
//	images [batch, 3, size, size]
//	tokens [batch, T]  T ≥ TextLength; what stands behind must be padding, smaller than a text's
//	                   end
func (m *CLIP) SetBatch(images, tokens *tensor.Tensor) error {
	if m.Images != nil && len(images.Data) != m.Images.Shape().TotalSize() {
		return fmt.Errorf("graph: images of shape %v, want %v", images.Shape, m.Images.Shape())
	}
	if m.Tokens != nil {
		if err := m.setTokens(tokens); err != nil {
			return err
		}
	}
	if m.Images != nil {
		copy(numbers(m.Images.Value()), images.Data)
	}
	return nil
}

func (m *CLIP) setTokens(tokens *tensor.Tensor) error {
	if len(tokens.Shape) != 2 || tokens.Shape[0] != m.Batch ||
		tokens.Shape[1] < m.TextLength {
		return fmt.Errorf("graph: tokens of shape %v, want %v", tokens.Shape, m.Tokens.Shape())
	}
	dst, length := numbers(m.Tokens.Value()), m.TextLength
	for i := range m.Batch {
		row := tokens.Row(i).Data
		if over := firstLarger(row[length:], row[:length]); over >= 0 {
			return fmt.Errorf("graph: text %d goes on to token %d, the graph ends at %d", i,
				length+over, length)
		}
		copy(dst[i*length:], row[:length])
	}
	return nil
}

// firstLarger is where rest exceeds the largest id of text; −1 when nowhere.
func firstLarger(rest, text []float32) int {
	top := text[0]
	for _, id := range text {
		top = max(top, id)
	}
	for i, id := range rest {
		if id > top {
			return i
		}
	}
	return -1
}

// Outputs are the nodes that the methods of a CLIP read after a run.
func (m *CLIP) Outputs() G.Nodes {
	var nodes G.Nodes
	for _, n := range []*G.Node{m.ImageFeatures, m.TextFeatures, m.Logits, m.Loss} {
		if n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// Features are copies of the last run's unit features, [batch, embed] each.
func (m *CLIP) Features() (image, text *tensor.Tensor) {
	return Tensor(m.ImageFeatures), Tensor(m.TextFeatures)
}

// Values are a node's numbers after a run, shared with it and valid until the next.
func Values(n *G.Node) []float32 { return numbers(n.Value()) }

// Tensor is a copy of a node's value after a run.
func Tensor(n *G.Node) *tensor.Tensor {
	if n.Value() == nil {
		panic(fmt.Sprintf("graph: node %v has no value before the first run", n))
	}
	return tensor.From(append([]float32(nil), numbers(n.Value())...), n.Shape()...)
}

// parameter is an input node that shares the tensor's memory.
func parameter(g *G.ExprGraph, name string, t *tensor.Tensor) *G.Node {
	if len(t.Shape) == 0 {
		return G.NewScalar(g, G.Float32, G.WithName(name), G.WithValue((*G.F32)(&t.Data[0])))
	}
	dense := gt.New(gt.WithShape(t.Shape...), gt.WithBacking(t.Data))
	return G.NewTensor(g, G.Float32, len(t.Shape), G.WithShape(t.Shape...), G.WithName(name),
		G.WithValue(dense))
}

// input is a node that a batch is copied into.
func input(g *G.ExprGraph, name string, shape ...int) *G.Node {
	return parameter(g, name, tensor.New(shape...))
}

// Input is a named input node that shares a tensor's memory, to build graphs from single ops.
func Input(g *G.ExprGraph, name string, t *tensor.Tensor) *G.Node { return parameter(g, name, t) }
