package configs_test

import (
	"strings"
	"testing"

	"cliplab/lab/configs"
	"cliplab/lab/pixels"
	"cliplab/lab/tower"
)

// TestPublished: files as published give the shapes of the table in the paper and of openai/CLIP.
func TestPublished(t *testing.T) {
	b32 := tower.Config{ImageSize: 224, PatchSize: 32, VisionWidth: 768, VisionLayers: 12,
		VisionHeads: 12, ContextLength: 77, VocabSize: 49408, TextWidth: 512, TextLayers: 12,
		TextHeads: 8, EmbedDim: 512}
	l14 := tower.Config{ImageSize: 224, PatchSize: 14, VisionWidth: 1024, VisionLayers: 24,
		VisionHeads: 16, ContextLength: 77, VocabSize: 49408, TextWidth: 768, TextLayers: 12,
		TextHeads: 12, EmbedDim: 768}
	for name, want := range map[string]tower.Config{
		`{"model_type": "clip"}`: b32,
		`{"model_type": "clip", "projection_dim": 768, "text_config_dict": {"hidden_size": 768,
		  "intermediate_size": 3072, "num_attention_heads": 12, "projection_dim": 768},
		  "vision_config": {"hidden_size": 1024, "intermediate_size": 4096, "patch_size": 14,
		  "num_attention_heads": 16, "num_hidden_layers": 24}}`: l14,
	} {
		m, err := configs.Transformers([]byte(name), nil)
		if err != nil {
			t.Fatal(err)
		}
		if m.Tower != want {
			t.Errorf("%s is %+v, want %+v", name, m.Tower, want)
		}
		if m.Pixels.Crop != pixels.CropFloor || m.Pixels.Size != 224 {
			t.Errorf("pixels %+v", m.Pixels)
		}
	}
	big := `{"model_cfg": {"embed_dim": 1280, "vision_cfg": {"image_size": 224, "layers": 48,
	  "width": 1664, "head_width": 104, "mlp_ratio": 4.9231, "patch_size": 14}, "text_cfg":
	  {"context_length": 77, "vocab_size": 49408, "width": 1280, "heads": 20, "layers": 32}},
	  "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "resize_mode": "squash"}}`
	m, err := configs.OpenCLIP([]byte(big))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Tower; c.VisionHeads != 16 || c.VisionMLP != 8192 || c.TextMLP != 0 || !c.ExactGELU {
		t.Errorf("bigG is %+v", c)
	}
	if m.Pixels.Fit != pixels.Stretch || m.Pixels.Mean[1] != 0.5 {
		t.Errorf("pixels %+v", m.Pixels)
	}
	// By open_clip 3.3.0: sum(p.numel() for p in model.parameters()).
	if total, _ := tower.Count(m.Tower); total != 2539567105 {
		t.Errorf("bigG has %d parameters", total)
	}
	rn := `{"model_cfg": {"embed_dim": 1024, "quick_gelu": true, "vision_cfg": {"image_size": 224,
	  "layers": [3, 4, 6, 3], "width": 64, "patch_size": null}}, "preprocess_cfg": {}}`
	if m, err = configs.OpenCLIP([]byte(rn)); err != nil {
		t.Fatal(err)
	}
	if total, image := tower.Count(m.Tower); total != 102007137 || image != 38316896 {
		t.Errorf("RN50 has %d parameters, its image tower %d", total, image)
	}
}

// clipa and siglip are models of other kinds: open_clip's ViT-L-14-CLIPA with layer scale, and
// google/siglip-base-patch16-224.
var (
	clipa = configs.Model{Pixels: pixels.CLIP, StripSEP: true, Tokenizer: "bert-base-uncased",
		Tower: tower.Config{ImageSize: 224, PatchSize: 14, VisionWidth: 1024, VisionLayers: 24,
			VisionHeads: 16, ContextLength: 32, VocabSize: 32000, TextWidth: 768, TextLayers: 12,
			TextHeads: 12, EmbedDim: 768, ExactGELU: true, Variant: tower.Variant{
				ImagePool: tower.PoolMean, NoLnPre: true, TextPool: tower.PoolLast, NoMask: true,
				TextTanh: true, VisionLayerScale: true, TextLayerScale: true}}}
	siglip = configs.Model{Canonical: true, LogitBias: true,
		Pixels: pixels.Options{Size: 224, Mean: half, Std: half, Fit: pixels.Stretch},
		Tower: tower.Config{ImageSize: 224, PatchSize: 16, VisionWidth: 768, VisionLayers: 12,
			VisionHeads: 12, ContextLength: 64, VocabSize: 32000, TextWidth: 768, TextLayers: 12,
			TextHeads: 12, EmbedDim: 768, ExactGELU: true, Variant: tower.Variant{
				ImagePool: tower.PoolAttention, NoLnPre: true, TextPool: tower.PoolLast, NoMask: true,
				TextBias: true, TextTanh: true, NormEpsilon: 1e-6}}}
	half = [3]float32{.5, .5, .5}
)

// TestSigLIP: the defaults of transformers are those of the base model; open_clip's are the same
// but for GELU, which timm takes exactly.
func TestSigLIP(t *testing.T) {
	want := siglip
	want.Tower.VisionTanh = true
	got, err := configs.Transformers([]byte(`{"model_type": "siglip"}`), nil)
	if err != nil || got != want {
		t.Errorf("transformers gives %+v, %v, want %+v", got, err, want)
	}
	want.Tower.VisionTanh, want.Tower.TextTanh = false, false
	want.Pixels.Alpha, want.Tokenizer = pixels.DropLast, "timm/ViT-B-16-SigLIP"
	got, err = configs.OpenCLIP([]byte(`{"model_cfg": {"embed_dim": 768, "init_logit_bias": -10,
	  "custom_text": true, "vision_cfg": {"image_size": 224, "timm_model_name":
	  "vit_base_patch16_siglip_224", "timm_model_pretrained": false, "timm_pool": "map",
	  "timm_proj": "none"}, "text_cfg": {"context_length": 64, "vocab_size": 32000,
	  "hf_tokenizer_name": "timm/ViT-B-16-SigLIP", "tokenizer_kwargs": {"clean": "canonicalize"},
	  "width": 768, "heads": 12, "layers": 12, "no_causal_mask": true, "proj_bias": true,
	  "pool_type": "last", "norm_kwargs": {"eps": 1e-06}}}, "preprocess_cfg": {"mean":
	  [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic",
	  "resize_mode": "squash"}}`))
	if err != nil || got != want {
		t.Errorf("open_clip gives %+v, %v, want %+v", got, err, want)
	}
	if _, image := tower.Count(got.Tower); image != 92884224 { // of timm 1.0.31
		t.Errorf("the image tower has %d parameters", image)
	}
}

// TestRoundTrip: what is written is read again.
func TestRoundTrip(t *testing.T) {
	models := []configs.Model{
		configs.Of(tower.Config{ImageSize: 64, PatchSize: 8, VisionWidth: 96, VisionLayers: 3,
			VisionHeads: 3, ContextLength: 24, VocabSize: 600, TextWidth: 80, TextLayers: 2,
			TextHeads: 5, EmbedDim: 48, ExactGELU: true, VisionMLP: 418}),
		configs.Of(tower.Config{ImageSize: 96, VisionWidth: 8, VisionStages: [4]int{1, 2, 1, 1},
			VisionHeads: 4, ContextLength: 77, VocabSize: 49408, TextWidth: 64, TextLayers: 1,
			TextHeads: 1, EmbedDim: 32}),
	}
	models[0].Pixels.Filter = pixels.Bilinear
	models = append(models, models[0], models[0], clipa, siglip)
	models[2].Pixels.Fit = pixels.Stretch
	models[3].Tower.TextPool, models[3].Tower.EndID = tower.PoolEnd, 2
	for _, m := range models {
		text, err := m.WriteOpenCLIP()
		if err != nil {
			t.Fatal(err)
		}
		got, err := configs.OpenCLIP(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		want := m
		want.Pixels.Alpha = pixels.DropLast
		if got != want {
			t.Errorf("open_clip gives %+v, want %+v", got, want)
		}
		config, pre, err := m.WriteTransformers()
		if m.Tower.IsResNet() || m.Tower.ImagePool == tower.PoolMean {
			if err == nil || !strings.Contains(err.Error(), "transformers has n") {
				t.Errorf("a ResNet, or means, for transformers: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err = configs.Transformers(config, pre); err != nil {
			t.Fatalf("%v in\n%s%s", err, config, pre)
		}
		want.Pixels.Alpha, want.Pixels.Crop = pixels.OnWhite, pixels.CropFloor
		if want.LogitBias { // SigLIP cuts nothing
			want.Pixels.Crop = pixels.CropEven
		}
		if got != want {
			t.Errorf("transformers gives %+v, want %+v", got, want)
		}
	}
}

// TestSigLIPSizes: open_clip makes the sizes alone that timm has names for.
func TestSigLIPSizes(t *testing.T) {
	m := configs.OfSigLIP(siglip.Tower)
	for want, change := range map[string]func(*tower.Config){
		"timm has no vit_base_patch16_siglip_240": func(c *tower.Config) { c.ImageSize = 240 },
		"has another GELU (by tanh: false)":       func(c *tower.Config) { c.VisionTanh = true },
		"timm has no SigLIP of width 768, 11":     func(c *tower.Config) { c.VisionLayers = 11 },
	} {
		other := m
		change(&other.Tower)
		if _, err := other.WriteOpenCLIP(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestRefused: what the towers cannot compute is named with its value.
func TestRefused(t *testing.T) {
	for config, want := range map[string]string{
		`{`:                         "unexpected end",
		`{"model_type": "siglip2"}`: `model_type is "siglip2"`,
		`{"model_type": "clip", "vision_config": {"hidden_act": "gelu"}}`:     `"quick_gelu" and "gelu"`,
		`{"model_type": "clip", "text_config": {"layer_norm_eps": 1e-6}}`:     "1e-06",
		`{"model_type": "clip", "text_config": {"hidden_size": "x"}}`:         "hidden_size",
		`{"model_type": "clip", "vision_config": {"num_attention_heads": 7}}`: "768 in 7 heads",
	} {
		if _, err := configs.Transformers([]byte(config), nil); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", config, err, want)
		}
	}
	for config, want := range map[string]string{
		`{}`: "no model_cfg",
		`{"model_cfg": {"vision_cfg": {"timm_model_name": "vit_base"}}}`:     "vit_base",
		`{"model_cfg": {"text_cfg": {"hf_model_name": "roberta"}}}`:          "roberta",
		`{"model_cfg": {"text_cfg": {"pool_type": "first"}}}`:                "pool_type is first",
		`{"model_cfg": {"vision_cfg": {"pool_type": "avg"}}}`:                "pool_type is avg",
		`{"model_cfg": {"text_cfg": {"norm_kwargs": {"eps": 1e-6}}}}`:        "0 and 1e-06",
		`{"model_cfg": {"vision_cfg": {"layers": "x"}}}`:                     "layers",
		`{"model_cfg": {"vision_cfg": {"image_size": [1, 2]}}}`:              "side of a square",
		`{"model_cfg": {"embed_dim": 4}, "preprocess_cfg": {"std": [1, 1]}}`: "2 values",
		`{"model_cfg": {"embed_dim": 4}, "preprocess_cfg": {"size": 64}}`:    "64, but image_size",
	} {
		if _, err := configs.OpenCLIP([]byte(config)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", config, err, want)
		}
	}
	pre := `{"size": {"height": 256, "width": 256}}`
	if _, err := configs.Transformers([]byte(`{"model_type": "clip"}`), []byte(pre)); err == nil ||
		!strings.Contains(err.Error(), "256 × 256") {
		t.Errorf("%s: error %v", pre, err)
	}
	pre = `{"do_center_crop": false}`
	if _, err := configs.Transformers([]byte(`{"model_type": "clip"}`), []byte(pre)); err == nil ||
		!strings.Contains(err.Error(), "do_center_crop is false") {
		t.Errorf("%s: error %v", pre, err)
	}
}

// FuzzConfigs: no file panics, and what is read can be written and read again.
func FuzzConfigs(f *testing.F) {
	f.Add(`{"model_type": "clip", "vision_config": {"image_size": 32}}`, `{"size": 224}`)
	f.Add(`{"model_cfg": {"embed_dim": 4, "vision_cfg": {"layers": [1, 1, 1, 1]}}}`, `{}`)
	f.Fuzz(func(t *testing.T, config, pre string) {
		if m, err := configs.Transformers([]byte(config), []byte(pre)); err == nil {
			_, _, err := m.WriteTransformers()
			if err != nil && !strings.Contains(err.Error(), "open_clip") {
				t.Error(err)
			}
		}
		if m, err := configs.OpenCLIP([]byte(config)); err == nil {
			if _, err := m.WriteOpenCLIP(); err != nil {
				t.Error(err)
			}
		}
	})
}
