package tower

import (
	"fmt"
	"slices"

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

// Block is the names of the parameters of one residual block.
type Block struct {
	Ln1, Ln2            string // with .weight and .bias
	InWeight, InBias    string // rows are queries, keys, values, a third each
	OutProj, CFc, CProj string // with .weight and .bias
}

// VisionBlock is block i of the image tower.
func VisionBlock(i int) Block { return block(fmt.Sprintf("visual.transformer.resblocks.%d.", i)) }

// TextBlock is block i of the text tower.
func TextBlock(i int) Block { return block(fmt.Sprintf("transformer.resblocks.%d.", i)) }

func block(prefix string) Block {
	return Block{
		Ln1: prefix + "ln_1", Ln2: prefix + "ln_2",
		InWeight: prefix + "attn.in_proj_weight", InBias: prefix + "attn.in_proj_bias",
		OutProj: prefix + "attn.out_proj", CFc: prefix + "mlp.c_fc", CProj: prefix + "mlp.c_proj",
	}
}

// Param is one parameter: its name, shape and how it starts.
type Param struct {
	Name  string
	Shape []int
	Start Start
}

// Params lists the parameters of a model, image tower first.
func Params(c Config) []Param {
	w, e, patches := c.VisionWidth, c.EmbedDim, c.PatchPixels()
	list := []Param{
		{ClassEmbedding, []int{w}, normal(inverseRoot(w))},
		{VisualPositions, []int{1 + c.Patches(), w}, normal(inverseRoot(w))},
		{ConvWeight, []int{w, 3, c.PatchSize, c.PatchSize}, uniform(inverseRoot(patches))},
	}
	list = append(list, norm(LnPre, w)...)
	for i := range c.VisionLayers {
		list = append(list, VisionBlock(i).params(w, visionStarts(w))...)
	}
	list = append(list, norm(LnPost, w)...)
	list = append(list, Param{VisualProjection, []int{w, e}, normal(inverseRoot(w))})

	w = c.TextWidth
	list = append(list,
		Param{TokenEmbedding, []int{c.VocabSize, w}, normal(.02)},
		Param{PositionalEmbedding, []int{c.ContextLength, w}, normal(.01)})
	for i := range c.TextLayers {
		list = append(list, TextBlock(i).params(w, textStarts(w, c.TextLayers))...)
	}
	list = append(list, norm(LnFinal, w)...)
	return append(list,
		Param{TextProjection, []int{w, e}, normal(inverseRoot(w))},
		Param{LogitScale, []int{}, constant(startLogitScale)})
}

func (b Block) params(w int, s blockStarts) []Param {
	list := norm(b.Ln1, w)
	list = append(list,
		Param{b.InWeight, []int{3 * w, w}, s.in},
		Param{b.InBias, []int{3 * w}, constant(0)},
		Param{b.OutProj + ".weight", []int{w, w}, s.out},
		Param{b.OutProj + ".bias", []int{w}, constant(0)})
	list = append(list, norm(b.Ln2, w)...)
	return append(list,
		Param{b.CFc + ".weight", []int{4 * w, w}, s.fc},
		Param{b.CFc + ".bias", []int{4 * w}, s.fcBias},
		Param{b.CProj + ".weight", []int{w, 4 * w}, s.proj},
		Param{b.CProj + ".bias", []int{w}, s.projBias})
}

func norm(name string, w int) []Param {
	return []Param{{name + ".weight", []int{w}, constant(1)}, {name + ".bias", []int{w}, constant(0)}}
}

// CheckParams says which parameter is missing or of another shape than the model's. Parameters
// that the model does not have are passed over.
func CheckParams(c Config, params map[string]*tensor.Tensor) error {
	for _, p := range Params(c) {
		t := params[p.Name]
		if t == nil {
			return fmt.Errorf("tower: parameter %s is missing", p.Name)
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("tower: parameter %s has shape %v, want %v", p.Name, t.Shape, p.Shape)
		}
		if n := tensor.New(p.Shape...).Len(); len(t.Data) != n {
			return fmt.Errorf("tower: parameter %s holds %d values, want %d", p.Name, len(t.Data), n)
		}
	}
	return nil
}
