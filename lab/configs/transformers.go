package configs

import (
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
	// Of the text tower.
	Context int  `json:"max_position_embeddings,omitempty"`
	Vocab   int  `json:"vocab_size,omitempty"`
	EOS     *int `json:"eos_token_id,omitempty"`
	BOS     *int `json:"bos_token_id,omitempty"`
	// Of the image tower.
	ImageSize int `json:"image_size,omitempty"`
	PatchSize int `json:"patch_size,omitempty"`
	Channels  int `json:"num_channels,omitempty"`

	ModelType string `json:"model_type,omitempty"`
}

// hfConfig is CLIPConfig.
type hfConfig struct {
	Architectures []string        `json:"architectures,omitempty"`
	ModelType     string          `json:"model_type"`
	Projection    int             `json:"projection_dim"`
	LogitScale    float64         `json:"logit_scale_init_value"`
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
	if c.ModelType != "clip" {
		return Model{}, unable(TransformersFile, "model_type", fmt.Sprintf("%q", c.ModelType))
	}
	text, vision := defaultText(), defaultVision()
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
	switch {
	case text.Act != vision.Act || text.Act != "quick_gelu" && text.Act != "gelu":
		return Model{}, unable(TransformersFile, "hidden_act of text and vision",
			fmt.Sprintf("%q and %q", text.Act, vision.Act))
	case text.Eps != 1e-5 || vision.Eps != 1e-5:
		return Model{}, unable(TransformersFile, "layer_norm_eps of text and vision",
			fmt.Sprintf("%g and %g", text.Eps, vision.Eps))
	case !endsText(text):
		return Model{}, unable(TransformersFile, "eos_token_id", *text.EOS)
	case vision.Channels != 3:
		return Model{}, unable(TransformersFile, "num_channels", vision.Channels)
	}
	m := Model{Tower: tower.Config{
		ImageSize: vision.ImageSize, PatchSize: vision.PatchSize, VisionWidth: vision.HiddenSize,
		VisionLayers: vision.Layers, VisionHeads: vision.Heads,
		ContextLength: text.Context, VocabSize: text.Vocab, TextWidth: text.HiddenSize,
		TextLayers: text.Layers, TextHeads: text.Heads, EmbedDim: c.Projection,
		ExactGELU: text.Act == "gelu",
		VisionMLP: besides(vision.Intermediate, vision.HiddenSize),
		TextMLP:   besides(text.Intermediate, text.HiddenSize),
	}}
	if err := m.Tower.Check(); err != nil {
		return Model{}, fmt.Errorf("configs: %s: %w", TransformersFile, err)
	}
	var err error
	m.Pixels, err = hfPixels(preprocessor, m.Tower.ImageSize)
	return m, err
}

// endsText tells whether a text's features are read at its largest id, as the lab does. Old
// files say 2, by which transformers means that; others say CLIP's 49407 or the last id, which is
// the largest. At another id transformers would read another token.
func endsText(text hfTower) bool {
	return text.EOS == nil || *text.EOS == 2 || *text.EOS == bpe.EOT || *text.EOS == text.Vocab-1
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

func hfPixels(data []byte, size int) (pixels.Options, error) {
	o := pixels.Options{Size: size, Mean: pixels.Mean, Std: pixels.Std,
		Crop: pixels.CropFloor} // on white, as since version 5
	if data == nil {
		return o, nil
	}
	var p preprocessor
	err := decode(PreprocessorFile, data, &p)
	if err != nil {
		return o, err
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
	if stretches(data) {
		o.Fit = pixels.Stretch
		if int(p.Size) != size {
			return o, unable(PreprocessorFile, "size",
				fmt.Sprintf("%d × %d, of which %d are cropped", p.Size, p.Size, size))
		}
	} else if p.Size != 0 && int(p.Size) != size {
		o.Short = int(p.Size)
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
