package configs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"cliplab/lab/tower"
)

// OpenCLIPFile is the file of open_clip.
const OpenCLIPFile = "open_clip_config.json"

// ocConfig is open_clip_config.json.
type ocConfig struct {
	Model      ocModel      `json:"model_cfg"`
	Preprocess ocPreprocess `json:"preprocess_cfg"`
}

type ocModel struct {
	EmbedDim   int            `json:"embed_dim"`
	QuickGELU  bool           `json:"quick_gelu"`
	LogitBias  *float64       `json:"init_logit_bias,omitempty"`
	Vision     ocVision       `json:"vision_cfg"`
	Text       ocText         `json:"text_cfg"`
	CustomText bool           `json:"custom_text,omitempty"`
	Multimodal map[string]any `json:"multimodal_cfg,omitempty"`
}

type ocVision struct {
	ImageSize side     `json:"image_size"`
	Layers    ocLayers `json:"layers"`
	Width     int      `json:"width"`
	HeadWidth int      `json:"head_width,omitempty"`
	PatchSize *side    `json:"patch_size"`
	MLPRatio  float64  `json:"mlp_ratio,omitempty"`
	ocVariant
	NoLnPre     bool   `json:"no_ln_pre,omitempty"`
	PoolType    string `json:"pool_type,omitempty"`
	NormAfter   bool   `json:"final_ln_after_pool,omitempty"`
	TimmName    string `json:"timm_model_name,omitempty"`
	TimmPool    string `json:"timm_pool,omitempty"`
	TimmProject string `json:"timm_proj,omitempty"`
}

// ocVariant is what both towers may have otherwise.
type ocVariant struct {
	LayerScale *float64 `json:"ls_init_value,omitempty"`
	Act        struct {
		Approximate string `json:"approximate,omitempty"`
	} `json:"act_kwargs,omitzero"`
	Norm struct {
		Epsilon float64 `json:"eps,omitempty"`
	} `json:"norm_kwargs,omitzero"`
}

type ocText struct {
	Context  int     `json:"context_length"`
	Vocab    int     `json:"vocab_size"`
	Width    int     `json:"width"`
	Heads    int     `json:"heads"`
	Layers   int     `json:"layers"`
	MLPRatio float64 `json:"mlp_ratio,omitempty"`
	ocVariant
	NoMask     bool       `json:"no_causal_mask,omitempty"`
	PoolType   string     `json:"pool_type,omitempty"`
	EndID      int        `json:"eos_id,omitempty"`
	Bias       bool       `json:"proj_bias,omitempty"`
	Tokenizer  string     `json:"hf_tokenizer_name,omitempty"`
	Tokenizing tokenizing `json:"tokenizer_kwargs,omitzero"`
}

type tokenizing struct {
	Clean    string `json:"clean,omitempty"`
	StripSEP bool   `json:"strip_sep_token,omitempty"`
}

// ocLayers is a number of blocks, or a ResNet's bottlenecks by stage.
type ocLayers struct {
	blocks int
	stages [4]int
}

// UnmarshalJSON takes 12 and [3, 4, 6, 3].
func (l *ocLayers) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &l.blocks) == nil {
		return nil
	}
	var list []int
	if json.Unmarshal(data, &list) != nil || len(list) != 4 {
		return fmt.Errorf("layers %s are neither a number nor four", data)
	}
	l.stages = [4]int(list)
	return nil
}

// MarshalJSON is the other way.
func (l ocLayers) MarshalJSON() ([]byte, error) {
	if l.blocks > 0 || l.stages == [4]int{} {
		return json.Marshal(l.blocks)
	}
	return json.Marshal(l.stages)
}

// ocDefaults are fields of open_clip that change what is computed, with the values that the
// lab's towers have; a file that says anything else is refused. What else may be said is in
// ocVision and ocText.
var ocDefaults = map[string]map[string]any{
	"vision_cfg": {
		"attentional_pool": false, "pos_embed_type": "learnable", "global_average_pool": false,
		"input_patchnorm": false, "qk_norm": false, "block_type": nil, "scale_fc": false,
	},
	"text_cfg": {
		"hf_model_name": nil, "embed_cls": false, "final_ln_after_pool": false,
		"proj_type": "linear", "qk_norm": false, "block_type": nil, "scale_fc": false,
	},
}

// OpenCLIP reads open_clip_config.json.
func OpenCLIP(config []byte) (Model, error) {
	c := ocConfig{Model: ocModel{
		Vision: ocVision{ImageSize: 224, Layers: ocLayers{blocks: 12}, Width: 768, HeadWidth: 64,
			MLPRatio: 4},
		Text: ocText{Context: 77, Vocab: 49408, Width: 512, Heads: 8, Layers: 12, MLPRatio: 4,
			EndID: 2},
	}}
	if err := decode(OpenCLIPFile, config, &c); err != nil {
		return Model{}, err
	}
	if err := ocRefuse(config); err != nil {
		return Model{}, err
	}
	m, err := c.Model.model()
	if err != nil {
		return Model{}, err
	}
	m.Pixels, err = c.Preprocess.options(m.Tower.ImageSize)
	return m, err
}

// model is the towers and the words of a configuration.
func (c ocModel) model() (Model, error) {
	v, t := c.Vision, c.Text
	m := Model{LogitBias: c.LogitBias != nil, Tokenizer: t.Tokenizer,
		Canonical: t.Tokenizing.Clean == "canonicalize", StripSEP: t.Tokenizing.StripSEP,
		Tower: tower.Config{
			ImageSize: int(v.ImageSize), VisionWidth: v.Width, VisionLayers: v.Layers.blocks,
			VisionStages: v.Layers.stages, VisionHeads: v.Width / max(1, v.HeadWidth),
			ContextLength: t.Context, VocabSize: t.Vocab, TextWidth: t.Width, TextLayers: t.Layers,
			TextHeads: t.Heads, EmbedDim: c.EmbedDim, ExactGELU: !c.QuickGELU,
			TextMLP: besides(int(float64(t.Width)*t.MLPRatio), t.Width),
		}}
	visionNorm := v.Norm.Epsilon
	switch {
	case v.TimmName != "":
		if c.QuickGELU {
			return m, unable(OpenCLIPFile, "quick_gelu", "true beside a tower of timm's")
		}
		if err := v.timm(&m.Tower); err != nil {
			return m, err
		}
		visionNorm = sigLIPEpsilon
	case m.Tower.VisionStages == [4]int{}:
		m.Tower.PatchSize = 16
		if v.PatchSize != nil {
			m.Tower.PatchSize = int(*v.PatchSize)
		}
		m.Tower.VisionMLP = besides(int(float64(v.Width)*v.MLPRatio), v.Width)
	default:
		m.Tower.VisionLayers = 0
		m.Tower.VisionHeads = v.Width * 32 / max(1, v.HeadWidth)
	}
	if err := variant(&m.Tower.Variant, v, t); err != nil {
		return m, err
	}
	var err error
	if m.Tower.NormEpsilon, err = epsilon(OpenCLIPFile, visionNorm, t.Norm.Epsilon); err != nil {
		return m, err
	}
	if err := m.Tower.Check(); err != nil {
		return m, fmt.Errorf("configs: %s: %w", OpenCLIPFile, err)
	}
	return m, nil
}

// variant reads how the towers differ from OpenAI's.
func variant(to *tower.Variant, v ocVision, t ocText) error {
	to.VisionLayerScale, to.TextLayerScale = v.LayerScale != nil, t.LayerScale != nil
	to.NoLnPre = to.NoLnPre || v.NoLnPre
	to.NoMask, to.TextBias = t.NoMask, t.Bias
	switch {
	case v.PoolType == "avg" && v.NormAfter:
		to.ImagePool = tower.PoolMean
	case v.PoolType != "" && v.PoolType != "tok":
		return unable(OpenCLIPFile, "vision_cfg.pool_type", v.PoolType+" (before the norm)")
	}
	switch t.PoolType {
	case "", "argmax":
	case "last":
		to.TextPool = tower.PoolLast
	case "eos":
		to.TextPool, to.EndID = tower.PoolEnd, t.EndID
	default:
		return unable(OpenCLIPFile, "text_cfg.pool_type", t.PoolType)
	}
	for _, act := range []struct {
		field, value string
		tanh         *bool
	}{{"vision_cfg", v.Act.Approximate, &to.VisionTanh}, {"text_cfg", t.Act.Approximate,
		&to.TextTanh}} {
		switch act.value {
		case "", "none":
		case "tanh":
			*act.tanh = true
		default:
			return unable(OpenCLIPFile, act.field+".act_kwargs.approximate", act.value)
		}
	}
	return nil
}

// ocRefuse names a field that asks for what the towers do not compute.
func ocRefuse(config []byte) error {
	var all struct {
		Model map[string]json.RawMessage `json:"model_cfg"`
	}
	if err := decode(OpenCLIPFile, config, &all); err != nil {
		return err
	}
	if len(all.Model) == 0 {
		return fmt.Errorf("configs: %s: it has no model_cfg", OpenCLIPFile)
	}
	if m := all.Model["multimodal_cfg"]; m != nil {
		return unable(OpenCLIPFile, "multimodal_cfg", string(m))
	}
	for _, part := range slices.Sorted(maps.Keys(ocDefaults)) {
		defaults := ocDefaults[part]
		var fields map[string]any
		if err := decode(OpenCLIPFile, orEmpty(all.Model[part]), &fields); err != nil {
			return err
		}
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			usual, matters := defaults[field]
			if matters && !same(fields[field], usual) {
				return unable(OpenCLIPFile, part+"."+field, fmt.Sprint(fields[field]))
			}
		}
	}
	return nil
}

func orEmpty(data json.RawMessage) json.RawMessage {
	if data == nil {
		return json.RawMessage("{}")
	}
	return data
}

// same compares values of JSON; an empty one, as null, "" and {}, is none.
func same(a, b any) bool {
	empty := func(v any) bool {
		switch v := v.(type) {
		case nil:
			return true
		case map[string]any:
			return len(v) == 0
		}
		return v == "" || v == false
	}
	return empty(a) && empty(b) || fmt.Sprint(a) == fmt.Sprint(b)
}
