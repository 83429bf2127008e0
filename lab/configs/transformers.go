package configs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"

	"cliplab/lab/bpe"
	"cliplab/lab/pixels"
	"cliplab/lab/tower"
)

// The files of transformers.
const (
	TransformersFile = "config.json"
	PreprocessorFile = "preprocessor_config.json"
)

// hfTower is CLIPTextConfig or CLIPVisionConfig. Zero is transformers' default.
type hfTower struct {
	HiddenSize   int     `json:"hidden_size"`
	Intermediate int     `json:"intermediate_size"`
	Heads        int     `json:"num_attention_heads"`
	Layers       int     `json:"num_hidden_layers"`
	Act          string  `json:"hidden_act"`
	Eps          float64 `json:"layer_norm_eps"`
	Projection   int     `json:"projection_dim,omitempty"`
	// Of the text tower; Features are SigLIP's.
	Features int  `json:"projection_size,omitempty"`
	Context  int  `json:"max_position_embeddings,omitempty"`
	Vocab    int  `json:"vocab_size,omitempty"`
	EOS      *int `json:"eos_token_id,omitempty"`
	BOS      *int `json:"bos_token_id,omitempty"`
	// Of the image tower.
	ImageSize int   `json:"image_size,omitempty"`
	PatchSize int   `json:"patch_size,omitempty"`
	Channels  int   `json:"num_channels,omitempty"`
	Head      *bool `json:"vision_use_head,omitempty"`

	ModelType string `json:"model_type,omitempty"`
}

// hfConfig is CLIPConfig.
type hfConfig struct {
	Architectures []string        `json:"architectures,omitempty"`
	ModelType     string          `json:"model_type"`
	Projection    int             `json:"projection_dim,omitempty"`
	LogitScale    float64         `json:"logit_scale_init_value,omitempty"`
	Text          json.RawMessage `json:"text_config"`
	Vision        json.RawMessage `json:"vision_config"`
	// Older files say again here what differs from the defaults; it wins, as in transformers.
	TextDict   json.RawMessage `json:"text_config_dict,omitempty"`
	VisionDict json.RawMessage `json:"vision_config_dict,omitempty"`
}

// The defaults of transformers' classes, those of ViT-B/32.
func defaultText() hfTower {
	return hfTower{HiddenSize: 512, Intermediate: 2048, Heads: 8, Layers: 12, Act: "quick_gelu",
		Eps: 1e-5, Projection: 512, Context: 77, Vocab: 49408}
}

func defaultVision() hfTower {
	return hfTower{HiddenSize: 768, Intermediate: 3072, Heads: 12, Layers: 12, Act: "quick_gelu",
		Eps: 1e-5, Projection: 512, ImageSize: 224, PatchSize: 32, Channels: 3}
}

// Transformers reads config.json and, unless it is nil, preprocessor_config.json.
func Transformers(config, preprocessor []byte) (Model, error) {
	c := hfConfig{Projection: 512}
	if err := decode(TransformersFile, config, &c); err != nil {
		return Model{}, err
	}
	text, vision, err := defaults(c.ModelType)
	if err != nil {
		return Model{}, err
	}
	for _, part := range []struct {
		data json.RawMessage
		into *hfTower
	}{{c.Text, &text}, {c.TextDict, &text}, {c.Vision, &vision}, {c.VisionDict, &vision}} {
		if len(part.data) > 0 {
			if err := decode(TransformersFile, part.data, part.into); err != nil {
				return Model{}, err
			}
		}
	}
	if vision.Channels != 3 {
		return Model{}, unable(TransformersFile, "num_channels", vision.Channels)
	}
	m := Model{Tower: tower.Config{
		ImageSize: vision.ImageSize, PatchSize: vision.PatchSize, VisionWidth: vision.HiddenSize,
		VisionLayers: vision.Layers, VisionHeads: vision.Heads,
		ContextLength: text.Context, VocabSize: text.Vocab, TextWidth: text.HiddenSize,
		TextLayers: text.Layers, TextHeads: text.Heads, EmbedDim: c.Projection,
		VisionMLP: besides(vision.Intermediate, vision.HiddenSize),
		TextMLP:   besides(text.Intermediate, text.HiddenSize),
	}}
	t := &m.Tower
	if t.NormEpsilon, err = epsilon(TransformersFile, vision.Eps, text.Eps); err != nil {
		return Model{}, err
	}
	if err := activations(t, text.Act, vision.Act); err != nil {
		return Model{}, err
	}
	pre := pixels.Options{Mean: pixels.Mean, Std: pixels.Std, Crop: pixels.CropFloor}
	if c.ModelType == sigLIP {
		if vision.Head != nil && !*vision.Head {
			return Model{}, unable(TransformersFile, "vision_use_head", false)
		}
		t.ImagePool, t.NoLnPre, t.TextPool = tower.PoolAttention, true, tower.PoolLast
		t.NoMask, t.TextBias, t.EmbedDim = true, true, cmp.Or(text.Features, text.HiddenSize)
		m.LogitBias, m.Canonical = true, true
		pre = sigLIPPixels(t.ImageSize)
	} else if end := text.end(c.ModelType); end >= 0 {
		t.TextPool, t.EndID = tower.PoolEnd, end
	}
	if err := t.Check(); err != nil {
		return Model{}, fmt.Errorf("configs: %s: %w", TransformersFile, err)
	}
	pre.Size = t.ImageSize
	m.Pixels, err = hfPixels(preprocessor, pre)
	return m, err
}

// The model types of transformers that are CLIPs.
const (
	clip      = "clip"
	metaCLIP2 = "metaclip_2" // a CLIP with other words
	sigLIP    = "siglip"     // also the SigLIP 2 of one size of pictures
)

// ModelTypes are those of transformers that are read here.
func ModelTypes() []string { return []string{clip, metaCLIP2, sigLIP} }

// defaults are those of transformers' classes: ViT-B/32, and SigLIP's base.
func defaults(modelType string) (text, vision hfTower, err error) {
	switch modelType {
	case clip, metaCLIP2:
		return defaultText(), defaultVision(), nil
	case sigLIP:
		both := hfTower{HiddenSize: 768, Intermediate: 3072, Heads: 12, Layers: 12,
			Act: "gelu_pytorch_tanh", Eps: sigLIPEpsilon}
		text, vision = both, both
		text.Context, text.Vocab = 64, 32000
		vision.ImageSize, vision.PatchSize, vision.Channels = 224, 16, 3
		return text, vision, nil
	}
	return text, vision, unable(TransformersFile, "model_type", fmt.Sprintf("%q", modelType))
}

// sigLIPPixels is how SiglipImageProcessor makes pictures ready.
func sigLIPPixels(size int) pixels.Options {
	half := [3]float32{.5, .5, .5}
	return pixels.Options{Size: size, Mean: half, Std: half, Fit: pixels.Stretch}
}

// activations reads the towers' hidden_act: QuickGELU of both or of none.
func activations(t *tower.Config, text, vision string) error {
	kinds := map[string][2]bool{"quick_gelu": {}, "gelu": {true, false},
		"gelu_pytorch_tanh": {true, true}, "gelu_new": {true, true}} // exact, by tanh
	a, okText := kinds[text]
	b, okVision := kinds[vision]
	if !okText || !okVision || a[0] != b[0] {
		return unable(TransformersFile, "hidden_act of text and vision",
			fmt.Sprintf("%q and %q", text, vision))
	}
	t.ExactGELU, t.TextTanh, t.VisionTanh = a[0], a[1], b[1]
	return nil
}

// end is the id at which a text's features are read, −1 where that is the largest. Old files of
// CLIP say 2, by which transformers means the largest; others say CLIP's 49407 or the last id,
// which is the largest.
func (text hfTower) end(modelType string) int {
	eos := bpe.EOT
	if text.EOS != nil {
		eos = *text.EOS
	}
	if modelType == clip && (eos == 2 || eos == bpe.EOT) || eos == text.Vocab-1 {
		return -1
	}
	return eos
}

// besides is a hidden width, 0 where it is four times the width.
func besides(hidden, width int) int {
	if hidden == 4*width {
		return 0
	}
	return hidden
}

// preprocessor is CLIPImageProcessor; what is missing is its default.
type preprocessor struct {
	Resize     *bool     `json:"do_resize"`
	CenterCrop *bool     `json:"do_center_crop"`
	Normalize  *bool     `json:"do_normalize"`
	Rescale    *bool     `json:"do_rescale"`
	Factor     float64   `json:"rescale_factor"`
	Size       side      `json:"size"`
	CropSize   side      `json:"crop_size"`
	Resample   *int      `json:"resample"`
	Mean       []float64 `json:"image_mean"`
	Std        []float64 `json:"image_std"`
}

// hfPixels changes the defaults o of a model, which lay transparent pictures on white, as
// transformers does since version 5.
func hfPixels(data []byte, o pixels.Options) (pixels.Options, error) {
	if data == nil {
		return o, nil
	}
	size := o.Size
	var p preprocessor
	err := decode(PreprocessorFile, data, &p)
	if err != nil {
		return o, err
	}
	squared := stretches(data)
	if squared {
		p.CenterCrop = nil // there is nothing to cut
	}
	for field, on := range map[string]*bool{"do_resize": p.Resize, "do_center_crop": p.CenterCrop,
		"do_normalize": p.Normalize, "do_rescale": p.Rescale} {
		if on != nil && !*on {
			return o, unable(PreprocessorFile, field, false)
		}
	}
	if p.Factor != 0 && (p.Factor < 0.00392 || p.Factor > 0.00393) {
		return o, unable(PreprocessorFile, "rescale_factor", p.Factor)
	}
	if p.Resample != nil {
		if o.Filter, err = pixels.ParseFilter(strconv.Itoa(*p.Resample)); err != nil {
			return o, fmt.Errorf("configs: %s: resample: %w", PreprocessorFile, err)
		}
	}
	if p.CropSize != 0 && int(p.CropSize) != size {
		return o, fmt.Errorf("configs: %s: crop_size is %d, but image_size in %s is %d",
			PreprocessorFile, p.CropSize, TransformersFile, size)
	}
	if squared {
		o.Fit = pixels.Stretch
		if int(p.Size) != size {
			return o, unable(PreprocessorFile, "size",
				fmt.Sprintf("%d × %d, of which %d are cropped", p.Size, p.Size, size))
		}
	} else if p.Size != 0 {
		o.Fit = pixels.CropSides
		if int(p.Size) != size {
			o.Short = int(p.Size)
		}
	}
	if o.Mean, err = three(PreprocessorFile, "image_mean", p.Mean, o.Mean); err != nil {
		return o, err
	}
	if o.Std, err = three(PreprocessorFile, "image_std", p.Std, o.Std); err != nil {
		return o, err
	}
	return o, o.Check()
}

// stretches tells whether both sides are resized: size is then {"height": 224, "width": 224}, and
// otherwise {"shortest_edge": 224}, or 224 in older files.
func stretches(preprocessor []byte) bool {
	var p struct {
		Size struct {
			Height int `json:"height"`
		} `json:"size"`
	}
	return json.Unmarshal(preprocessor, &p) == nil && p.Size.Height > 0
}
