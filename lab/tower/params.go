package tower

import (
	"fmt"
	"slices"
	"strings"

	"cliplab/lab/tensor"
)

// The names of parameters in OpenAI's and open_clip's checkpoints. Those of a block are in Block.
const (
	ClassEmbedding      = "visual.class_embedding"
	VisualPositions     = "visual.positional_embedding"
	VisualProjection    = "visual.proj" // [width, embed]: features = x @ proj
	ConvWeight          = "visual.conv1.weight"
	LnPre               = "visual.ln_pre"
	LnPost              = "visual.ln_post"
	TokenEmbedding      = "token_embedding.weight"
	PositionalEmbedding = "positional_embedding"
	LnFinal             = "ln_final"
	TextProjection      = "text_projection" // [width, embed]
	LogitScale          = "logit_scale"     // t, the logarithm of the scale
)

// The names of what OpenAI's models do not have, as open_clip calls what is alike.
const (
	ConvBias           = "visual.conv1.bias"
	TextProjectionBias = "text_projection.bias"
	// LogitBias is a scalar beside the parameters of the towers: SigLIP's learned bias of logits,
	// which are for sigmoids where it is there.
	LogitBias   = "logit_bias"
	LatentQuery = "visual.attn_pool.query" // [1, width], asks the patches
)

// Block is the names of the parameters of one residual block.
type Block struct {
	Ln1, Ln2            string // with .weight and .bias
	InWeight, InBias    string // rows are queries, keys, values, a third each
	OutProj, CFc, CProj string // with .weight and .bias
	Scale1, Scale2      string // gains of layer scale, where there is one
}

// LatentBlock is the attention pooling of an image tower and the MLP behind it. It has no Ln1.
func LatentBlock() Block { return blockOf("visual.attn_pool.") }

// name is "transformer.resblocks.3", or the same after "visual.".
func (b Block) name() string { return strings.TrimSuffix(b.Ln1, ".ln_1") }

// VisionBlock is block i of the image tower.
func VisionBlock(i int) Block { return blockOf(fmt.Sprintf("visual.transformer.resblocks.%d.", i)) }

// TextBlock is block i of the text tower.
func TextBlock(i int) Block { return blockOf(fmt.Sprintf("transformer.resblocks.%d.", i)) }

func blockOf(prefix string) Block {
	return Block{
		Ln1: prefix + "ln_1", Ln2: prefix + "ln_2",
		InWeight: prefix + "attn.in_proj_weight", InBias: prefix + "attn.in_proj_bias",
		OutProj: prefix + "attn.out_proj", CFc: prefix + "mlp.c_fc", CProj: prefix + "mlp.c_proj",
		Scale1: prefix + "ls_1.gamma", Scale2: prefix + "ls_2.gamma",
	}
}

// Param is one parameter: its name, shape and how it starts.
type Param struct {
	Name  string
	Shape []int
	Start Start
	// Buffer marks the running statistics of batch norms: kept with a model, but not counted
	// and not learned.
	Buffer bool
}

func param(name string, start Start, shape ...int) Param {
	return Param{Name: name, Shape: shape, Start: start}
}

// Len is how many numbers the parameter has.
func (p Param) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Params lists the parameters of a model, image tower first.
func Params(c Config) []Param {
	var list []Param
	if c.IsResNet() {
		list = resNetParams(c)
	} else {
		list = vitParams(c)
	}
	w := c.TextWidth
	list = append(list,
		param(TokenEmbedding, normal(.02), c.VocabSize, w),
		param(PositionalEmbedding, normal(.01), c.ContextLength, w))
	for i := range c.TextLayers {
		b, s := TextBlock(i), textStarts(w, c.TextLayers)
		list = append(list, b.params(w, c.TextHidden(), s, c.TextLayerScale)...)
	}
	list = append(list, norm(LnFinal, w)...)
	list = append(list, param(TextProjection, normal(inverseRoot(w)), w, c.EmbedDim))
	if c.TextBias {
		list = append(list, param(TextProjectionBias, constant(0), c.EmbedDim))
	}
	return append(list,
		Param{Name: LogitScale, Shape: []int{}, Start: constant(startLogitScale)})
}

// Count is the number of trained numbers of a model; image is its image tower's part.
func Count(c Config) (total, image int) {
	for _, p := range Params(c) {
		if p.Buffer {
			continue
		}
		total += p.Len()
		if strings.HasPrefix(p.Name, "visual.") {
			image += p.Len()
		}
	}
	return total, image
}

func vitParams(c Config) []Param {
	w, latent := c.VisionWidth, c.ImagePool == PoolAttention
	bound := inverseRoot(c.PatchPixels())
	var list []Param
	if !latent {
		list = append(list, param(ClassEmbedding, normal(inverseRoot(w)), w))
	}
	list = append(list, param(VisualPositions, normal(inverseRoot(w)), c.Sequence(), w),
		param(ConvWeight, uniform(bound), w, 3, c.PatchSize, c.PatchSize))
	if latent {
		list = append(list, param(ConvBias, uniform(bound), w))
	}
	if !c.NoLnPre {
		list = append(list, norm(LnPre, w)...)
	}
	starts := visionStarts(w, c.VisionHidden())
	for i := range c.VisionLayers {
		b := VisionBlock(i)
		list = append(list, b.params(w, c.VisionHidden(), starts, c.VisionLayerScale)...)
	}
	list = append(list, norm(LnPost, w)...)
	if latent {
		list = append(list, param(LatentQuery, normal(inverseRoot(w)), 1, w))
		return append(list, LatentBlock().params(w, c.VisionHidden(), starts, false)[2:]...)
	}
	return append(list, param(VisualProjection, normal(inverseRoot(w)), w, c.EmbedDim))
}

func (b Block) params(w, hidden int, s blockStarts, scaled bool) []Param {
	list := norm(b.Ln1, w)
	list = append(list,
		param(b.InWeight, s.in, 3*w, w), param(b.InBias, constant(0), 3*w),
		param(b.OutProj+".weight", s.out, w, w), param(b.OutProj+".bias", constant(0), w))
	if scaled {
		list = append(list, param(b.Scale1, constant(startLayerScale), w))
	}
	list = append(list, norm(b.Ln2, w)...)
	list = append(list,
		param(b.CFc+".weight", s.fc, hidden, w), param(b.CFc+".bias", s.fcBias, hidden),
		param(b.CProj+".weight", s.proj, w, hidden), param(b.CProj+".bias", s.projBias, w))
	if scaled {
		list = append(list, param(b.Scale2, constant(startLayerScale), w))
	}
	return list
}

func norm(name string, w int) []Param {
	return []Param{param(name+".weight", constant(1), w), param(name+".bias", constant(0), w)}
}

// CheckParams says which parameter is missing or of another shape than the model's. Parameters
// that the model does not have are passed over.
func CheckParams(c Config, params map[string]*tensor.Tensor) error {
	if err := CheckShapes(c, shapesOf(params)); err != nil {
		return err
	}
	for _, p := range Params(c) {
		if n := p.Len(); len(params[p.Name].Data) != n {
			return fmt.Errorf("tower: parameter %s holds %d values, want %d", p.Name,
				len(params[p.Name].Data), n)
		}
	}
	return nil
}

// CheckShapes is CheckParams of shapes alone; shape gives nil for what is missing.
func CheckShapes(c Config, shape func(name string) []int) error {
	for _, p := range Params(c) {
		s := shape(p.Name)
		if s == nil {
			return fmt.Errorf("tower: parameter %s is missing", p.Name)
		}
		if !slices.Equal(s, p.Shape) {
			return fmt.Errorf("tower: parameter %s has shape %v, want %v", p.Name, s, p.Shape)
		}
	}
	return nil
}

// shapesOf looks shapes up; that of one number is not nil.
func shapesOf(params map[string]*tensor.Tensor) func(name string) []int {
	return func(name string) []int {
		if t := params[name]; t != nil {
			return append([]int{}, t.Shape...)
		}
		return nil
	}
}
