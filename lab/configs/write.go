package configs

import (
	"encoding/json"
	"fmt"

	"cliplab/lab/bpe"
	"cliplab/lab/pixels"
	"cliplab/lab/tower"
)

// startLogitScale is what both publishers write for ln(1/0.07), section 2.5 of the paper.
const startLogitScale = 2.6592

// WriteTransformers gives config.json and preprocessor_config.json. The error says what
// transformers' CLIPModel cannot be told: a ResNet.
func (m Model) WriteTransformers() (config, preprocessorConfig []byte, err error) {
	t := m.Tower
	if t.IsResNet() {
		return nil, nil, fmt.Errorf("configs: transformers has no CLIP with a ResNet; " +
			"write it for open_clip")
	}
	act := "quick_gelu"
	if t.ExactGELU {
		act = "gelu"
	}
	bos, eos := bpe.SOT, bpe.EOT
	if t.VocabSize != bpe.VocabSize {
		eos = 2 // by which transformers means the largest id, wherever a vocabulary ends
	}
	c := struct {
		hfConfig
		DType string `json:"dtype"`
	}{hfConfig{
		Architectures: []string{"CLIPModel"}, ModelType: "clip", Projection: t.EmbedDim,
		LogitScale: startLogitScale,
		Text: indented(hfTower{HiddenSize: t.TextWidth, Intermediate: hidden(t.TextMLP, t.TextWidth),
			Heads: t.TextHeads, Layers: t.TextLayers, Act: act, Eps: 1e-5, Projection: t.EmbedDim,
			Context: t.ContextLength, Vocab: t.VocabSize, BOS: &bos, EOS: &eos,
			ModelType: "clip_text_model"}),
		Vision: indented(hfTower{HiddenSize: t.VisionWidth,
			Intermediate: hidden(t.VisionMLP, t.VisionWidth), Heads: t.VisionHeads,
			Layers: t.VisionLayers, Act: act, Eps: 1e-5, Projection: t.EmbedDim,
			ImageSize: t.ImageSize, PatchSize: t.PatchSize, Channels: 3,
			ModelType: "clip_vision_model"}),
	}, "float32"}
	o := m.Pixels
	size := map[string]int{"shortest_edge": t.ImageSize}
	if o.Short != 0 {
		size["shortest_edge"] = o.Short
	}
	if o.Fit == pixels.Stretch {
		size = map[string]int{"height": t.ImageSize, "width": t.ImageSize}
	}
	pre := map[string]any{
		"image_processor_type": "CLIPImageProcessor", "do_convert_rgb": true, "do_resize": true,
		"size": size, "resample": o.Filter.Pillow(),
		"do_center_crop": true, "crop_size": map[string]int{"height": t.ImageSize, "width": t.ImageSize},
		"do_rescale": true, "rescale_factor": 1.0 / 255, "do_normalize": true,
		"image_mean": o.Mean, "image_std": o.Std,
	}
	return indented(c), indented(pre), nil
}

// WriteOpenCLIP gives open_clip_config.json. The error says what open_clip cannot be told.
func (m Model) WriteOpenCLIP() ([]byte, error) {
	t, o := m.Tower, m.Pixels
	if t.TextWidth%t.TextHeads != 0 || o.Short != 0 && o.Short != t.ImageSize {
		return nil, fmt.Errorf("configs: open_clip resizes the short side to the size of the "+
			"crop, %d, not to %d", t.ImageSize, o.Short)
	}
	size := side(t.ImageSize)
	c := ocConfig{
		Model: ocModel{EmbedDim: t.EmbedDim, QuickGELU: !t.ExactGELU,
			Vision: ocVision{ImageSize: size, Width: t.VisionWidth,
				Layers: ocLayers{t.VisionLayers, t.VisionStages}},
			Text: ocText{Context: t.ContextLength, Vocab: t.VocabSize, Width: t.TextWidth,
				Heads: t.TextHeads, Layers: t.TextLayers, MLPRatio: ratio(t.TextMLP, t.TextWidth)}},
		Preprocess: ocPreprocess{Size: &size, Mode: "RGB", Mean: floats(o.Mean), Std: floats(o.Std),
			Interpolation: o.Filter.String(), ResizeMode: "shortest"},
	}
	if o.Fit == pixels.Stretch {
		c.Preprocess.ResizeMode = "squash"
	}
	v := &c.Model.Vision
	width := t.VisionWidth
	if t.IsResNet() {
		width *= 32
	} else {
		patch := side(t.PatchSize)
		v.PatchSize, v.MLPRatio = &patch, ratio(t.VisionMLP, t.VisionWidth)
	}
	v.HeadWidth = width / t.VisionHeads
	return indented(c), nil
}

// Of is a model of the lab's own: CLIP's preprocessing, at the tower's size.
func Of(t tower.Config) Model {
	o := pixels.CLIP
	o.Size = t.ImageSize
	return Model{Tower: t, Pixels: o}
}

func hidden(mlp, width int) int {
	if mlp == 0 {
		return 4 * width
	}
	return mlp
}

// ratio is what open_clip multiplies a width by, and cuts, to get mlp; 0 for the usual 4. Half a
// unit more keeps the cut from falling below.
func ratio(mlp, width int) float64 {
	if mlp == 0 {
		return 0
	}
	return (float64(mlp) + 0.5) / float64(width)
}

func floats(x [3]float32) []float64 {
	var wide []float64
	for _, v := range x {
		var f float64
		// Through the shortest decimal: 0.48145466, not its float32 in float64.
		if text, err := json.Marshal(v); err == nil && json.Unmarshal(text, &f) == nil {
			wide = append(wide, f)
		}
	}
	return wide
}

// indented is JSON of a value that is made here and always has one.
func indented(v any) []byte {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("configs: %v", err))
	}
	return append(data, '\n')
}
