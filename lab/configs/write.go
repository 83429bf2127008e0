package configs

import (
	"cmp"
	"encoding/json"
	"fmt"

	"cliplab/lab/bpe"
	"cliplab/lab/pixels"
	"cliplab/lab/tower"
)

// Where training begins, which configurations say beside the shapes.
var (
	startLogitScale = 2.6592 // ln(1/0.07), section 2.5 of the paper, as both publishers write it
	startLogitBias  = -10.   // SigLIP, section 3.2
	startLayerScale = 1e-4   // open_clip's ViT-M-16-alt
)

// WriteTransformers gives config.json and preprocessor_config.json of transformers' CLIPModel,
// MetaClip2Model or SiglipModel. The error says what they cannot be told, as a ResNet.
func (m Model) WriteTransformers() (config, preprocessorConfig []byte, err error) {
	t := m.Tower
	kind, err := m.modelType()
	if err != nil {
		return nil, nil, err
	}
	text := hfTower{HiddenSize: t.TextWidth, Intermediate: t.TextHidden(), Heads: t.TextHeads,
		Layers: t.TextLayers, Act: hfAct(t.ExactGELU, t.TextTanh), Eps: cmp.Or(t.NormEpsilon, 1e-5),
		Context: t.ContextLength, Vocab: t.VocabSize, ModelType: kind + "_text_model"}
	vision := hfTower{HiddenSize: t.VisionWidth, Intermediate: t.VisionHidden(),
		Heads: t.VisionHeads, Layers: t.VisionLayers, Act: hfAct(t.ExactGELU, t.VisionTanh),
		Eps: text.Eps, ImageSize: t.ImageSize, PatchSize: t.PatchSize, Channels: 3,
		ModelType: kind + "_vision_model"}
	class := map[string]string{clip: "CLIPModel", metaCLIP2: "MetaClip2Model", sigLIP: "SiglipModel"}
	c := struct {
		hfConfig
		DType string `json:"dtype"`
	}{hfConfig{Architectures: []string{class[kind]}, ModelType: kind}, "float32"}
	if kind == sigLIP {
		text.Features = t.EmbedDim
	} else {
		c.Projection, c.LogitScale = t.EmbedDim, startLogitScale
		text.Projection, vision.Projection = t.EmbedDim, t.EmbedDim
		bos, eos := bpe.SOT, bpe.EOT
		switch {
		case kind == metaCLIP2:
			eos = t.EndID
		case t.VocabSize != bpe.VocabSize:
			eos = 2 // by which transformers means the largest id, wherever a vocabulary ends
		}
		text.BOS, text.EOS = &bos, &eos
	}
	c.Text, c.Vision = indented(text), indented(vision)
	return indented(c), m.hfPreprocessor(kind), nil
}

// modelType is that of transformers which computes the same; the error says that there is none.
func (m Model) modelType() (string, error) {
	if m.Tower.IsResNet() {
		return "", fmt.Errorf("configs: transformers has no CLIP with a ResNet; " +
			"write it for open_clip")
	}
	v := m.Tower.Variant
	v.VisionTanh, v.TextTanh, v.NormEpsilon = false, false, 0 // all can
	switch {
	case v == tower.Variant{} && !m.LogitBias:
		return clip, nil
	case v == tower.Variant{TextPool: tower.PoolEnd, EndID: v.EndID} && !m.LogitBias:
		return metaCLIP2, nil
	case v == tower.Variant{ImagePool: tower.PoolAttention, NoLnPre: true,
		TextPool: tower.PoolLast, NoMask: true, TextBias: true} && m.LogitBias:
		return sigLIP, nil
	}
	return "", fmt.Errorf("configs: transformers has neither a CLIP nor a SigLIP of the variant "+
		"%+v, with a logit bias: %v; write it for open_clip", m.Tower.Variant, m.LogitBias)
}

func hfAct(exact, tanh bool) string {
	switch {
	case exact && tanh:
		return "gelu_pytorch_tanh"
	case exact:
		return "gelu"
	}
	return "quick_gelu"
}

func (m Model) hfPreprocessor(kind string) []byte {
	o, side := m.Pixels, m.Tower.ImageSize
	square := map[string]int{"height": side, "width": side}
	size := map[string]int{"shortest_edge": cmp.Or(o.Short, side)}
	if o.Fit == pixels.Stretch {
		size = square
	}
	pre := map[string]any{
		"image_processor_type": "CLIPImageProcessor", "do_convert_rgb": true, "do_resize": true,
		"size": size, "resample": o.Filter.Pillow(), "do_center_crop": true, "crop_size": square,
		"do_rescale": true, "rescale_factor": 1.0 / 255, "do_normalize": true,
		"image_mean": o.Mean, "image_std": o.Std,
	}
	if kind == sigLIP && o.Fit == pixels.Stretch {
		pre["image_processor_type"] = "SiglipImageProcessor"
		delete(pre, "do_center_crop")
		delete(pre, "crop_size")
	}
	return indented(pre)
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
			Text: m.ocText()},
		Preprocess: ocPreprocess{Size: &size, Mode: "RGB", Mean: floats(o.Mean), Std: floats(o.Std),
			Interpolation: o.Filter.String(), ResizeMode: "shortest"},
	}
	if o.Fit == pixels.Stretch {
		c.Preprocess.ResizeMode = "squash"
	}
	if m.LogitBias {
		start := startLogitBias
		c.Model.LogitBias = &start
	}
	v := &c.Model.Vision
	switch {
	case t.ImagePool == tower.PoolAttention:
		name, err := timmOf(t)
		if err != nil {
			return nil, err
		}
		if t.NormEpsilon != sigLIPEpsilon {
			return nil, fmt.Errorf("configs: timm's SigLIP has norms with %g, not %g", sigLIPEpsilon,
				t.NormEpsilon)
		}
		c.Model.Vision = ocVision{ImageSize: size, TimmName: name, TimmPool: "map", TimmProject: "none"}
		c.Model.CustomText = true
		return indented(c), nil
	case t.IsResNet():
		v.HeadWidth = t.VisionWidth * 32 / t.VisionHeads
		return indented(c), nil
	}
	patch := side(t.PatchSize)
	v.PatchSize, v.MLPRatio = &patch, ratio(t.VisionMLP, t.VisionWidth)
	v.HeadWidth = t.VisionWidth / t.VisionHeads
	v.ocVariant = variantOf(t.VisionLayerScale, t.VisionTanh, t.NormEpsilon)
	v.NoLnPre = t.NoLnPre
	if t.ImagePool == tower.PoolMean {
		v.PoolType, v.NormAfter = "avg", true
	}
	return indented(c), nil
}

func (m Model) ocText() ocText {
	t := m.Tower
	return ocText{Context: t.ContextLength, Vocab: t.VocabSize, Width: t.TextWidth,
		Heads: t.TextHeads, Layers: t.TextLayers, MLPRatio: ratio(t.TextMLP, t.TextWidth),
		ocVariant: variantOf(t.TextLayerScale, t.TextTanh, t.NormEpsilon),
		NoMask:    t.NoMask, Bias: t.TextBias, EndID: t.EndID,
		PoolType:  map[tower.TextPool]string{tower.PoolLast: "last", tower.PoolEnd: "eos"}[t.TextPool],
		Tokenizer: m.Tokenizer,
		Tokenizing: tokenizing{Clean: map[bool]string{true: "canonicalize"}[m.Canonical],
			StripSEP: m.StripSEP},
	}
}

func variantOf(scaled, tanh bool, epsilon float64) ocVariant {
	var v ocVariant
	if scaled {
		start := startLayerScale
		v.LayerScale = &start
	}
	if tanh {
		v.Act.Approximate = "tanh"
	}
	v.Norm.Epsilon = epsilon
	return v
}

// Of is a model of the lab's own: CLIP's preprocessing, at the tower's size.
func Of(t tower.Config) Model {
	o := pixels.CLIP
	o.Size = t.ImageSize
	return Model{Tower: t, Pixels: o}
}

// OfSigLIP is a SigLIP of which only the towers are known: pictures are stretched, and texts have
// no punctuation.
func OfSigLIP(t tower.Config) Model {
	return Model{Tower: t, Pixels: sigLIPPixels(t.ImageSize), LogitBias: true, Canonical: true}
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
