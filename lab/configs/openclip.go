package configs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"cliplab/lab/pixels"
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
}

type ocText struct {
	Context  int     `json:"context_length"`
	Vocab    int     `json:"vocab_size"`
	Width    int     `json:"width"`
	Heads    int     `json:"heads"`
	Layers   int     `json:"layers"`
	MLPRatio float64 `json:"mlp_ratio,omitempty"`
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
// lab's towers have; a file that says anything else is refused.
var ocDefaults = map[string]map[string]any{
	"vision_cfg": {
		"timm_model_name": nil, "ls_init_value": nil, "attentional_pool": false,
		"no_ln_pre": false, "pos_embed_type": "learnable", "final_ln_after_pool": false,
		"pool_type": "tok", "act_kwargs": nil, "norm_kwargs": nil,
		"global_average_pool": false, "input_patchnorm": false, "qk_norm": false,
		"block_type": nil, "scale_fc": false,
	},
	"text_cfg": {
		"hf_model_name": nil, "hf_tokenizer_name": nil, "ls_init_value": nil, "embed_cls": false,
		"no_causal_mask": false, "final_ln_after_pool": false, "pool_type": "argmax",
		"proj_bias": false, "proj_type": "linear", "act_kwargs": nil,
		"norm_kwargs": nil, "qk_norm": false, "block_type": nil, "scale_fc": false,
	},
}

// OpenCLIP reads open_clip_config.json.
func OpenCLIP(config []byte) (Model, error) {
	c := ocConfig{Model: ocModel{
		Vision: ocVision{ImageSize: 224, Layers: ocLayers{blocks: 12}, Width: 768, HeadWidth: 64,
			MLPRatio: 4},
		Text: ocText{Context: 77, Vocab: 49408, Width: 512, Heads: 8, Layers: 12, MLPRatio: 4},
	}}
	if err := decode(OpenCLIPFile, config, &c); err != nil {
		return Model{}, err
	}
	if err := ocRefuse(config); err != nil {
		return Model{}, err
	}
	v, t := c.Model.Vision, c.Model.Text
	m := Model{Tower: tower.Config{
		ImageSize: int(v.ImageSize), VisionWidth: v.Width, VisionLayers: v.Layers.blocks,
		VisionStages: v.Layers.stages, VisionHeads: v.Width / max(1, v.HeadWidth),
		ContextLength: t.Context, VocabSize: t.Vocab, TextWidth: t.Width, TextLayers: t.Layers,
		TextHeads: t.Heads, EmbedDim: c.Model.EmbedDim, ExactGELU: !c.Model.QuickGELU,
		TextMLP: besides(int(float64(t.Width)*t.MLPRatio), t.Width),
	}}
	if m.Tower.VisionStages == [4]int{} {
		m.Tower.PatchSize = 16
		if v.PatchSize != nil {
			m.Tower.PatchSize = int(*v.PatchSize)
		}
		m.Tower.VisionMLP = besides(int(float64(v.Width)*v.MLPRatio), v.Width)
	} else {
		m.Tower.VisionLayers = 0
		m.Tower.VisionHeads = v.Width * 32 / max(1, v.HeadWidth)
	}
	if err := m.Tower.Check(); err != nil {
		return Model{}, fmt.Errorf("configs: %s: %w", OpenCLIPFile, err)
	}
	var err error
	m.Pixels, err = c.Preprocess.options(m.Tower.ImageSize)
	return m, err
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

// ocPreprocess is how open_clip makes pictures ready.
type ocPreprocess struct {
	Size          *side     `json:"size,omitempty"`
	Mode          string    `json:"mode,omitempty"`
	Mean          []float64 `json:"mean"`
	Std           []float64 `json:"std"`
	Interpolation string    `json:"interpolation,omitempty"`
	ResizeMode    string    `json:"resize_mode,omitempty"`
}

func (p ocPreprocess) options(size int) (pixels.Options, error) {
	o := pixels.Options{Size: size, Mean: pixels.Mean, Std: pixels.Std, Alpha: pixels.DropLast}
	if p.Size != nil && int(*p.Size) != size {
		return o, fmt.Errorf("configs: %s: preprocess_cfg.size is %d, but image_size is %d",
			OpenCLIPFile, *p.Size, size)
	}
	if p.Mode != "" && p.Mode != "RGB" {
		return o, unable(OpenCLIPFile, "preprocess_cfg.mode", p.Mode)
	}
	if name := p.Interpolation; name != "" && name != "random" { // random is for training
		filter, err := pixels.ParseFilter(name)
		if err != nil {
			return o, fmt.Errorf("configs: %s: preprocess_cfg.interpolation: %w", OpenCLIPFile, err)
		}
		o.Filter = filter
	}
	switch p.ResizeMode {
	case "", "shortest":
	case "squash":
		o.Fit = pixels.Stretch
	default:
		return o, unable(OpenCLIPFile, "preprocess_cfg.resize_mode", p.ResizeMode)
	}
	var err error
	if o.Mean, err = three(OpenCLIPFile, "preprocess_cfg.mean", p.Mean, o.Mean); err != nil {
		return o, err
	}
	if o.Std, err = three(OpenCLIPFile, "preprocess_cfg.std", p.Std, o.Std); err != nil {
		return o, err
	}
	return o, o.Check()
}
