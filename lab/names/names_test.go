package names_test

import (
	"slices"
	"strings"
	"testing"

	"cliplab/lab/names"
	"cliplab/lab/tower"
)

var small = tower.Config{ImageSize: 32, PatchSize: 16, VisionWidth: 64, VisionLayers: 12,
	VisionHeads: 1, ContextLength: 8, VocabSize: 10, TextWidth: 64, TextLayers: 2, TextHeads: 1,
	EmbedDim: 16}

// TestRoundTrip: what Write names, Read finds again, in every layout and behind every wrapper.
func TestRoundTrip(t *testing.T) {
	for _, layout := range []names.Layout{names.OpenAI, names.OpenCLIP, names.Transformers} {
		for _, prefix := range []string{"", "module.", "_orig_mod.", "module._orig_mod."} {
			var file []string
			want := map[string]names.Source{}
			for _, p := range tower.Params(small) {
				s := names.Source{}
				for i, target := range names.Write(layout, p.Name) {
					if target.From < i || (i == 0) != (target.From == 0) {
						t.Errorf("%s: part %d begins at %d", p.Name, i, target.From)
					}
					file = append(file, prefix+target.Tensor)
					s.Tensors = append(s.Tensors, prefix+target.Tensor)
					s.Transposed = target.Transposed
				}
				want[p.Name] = s
			}
			file = append(file, prefix+"vision_model.embeddings.position_ids", "optimizer.x")
			plan, err := names.Read(file)
			if err != nil {
				t.Fatalf("%s, prefix %q: %v", layout, prefix, err)
			}
			if plan.Layout != layout || plan.Prefix != prefix || !slices.Equal(plan.Unused,
				[]string{"optimizer.x"}) {
				t.Errorf("%s, prefix %q: read as %s, %q, unused %v", layout, prefix, plan.Layout,
					plan.Prefix, plan.Unused)
			}
			for name, s := range want {
				got := plan.Sources[name]
				if !slices.Equal(got.Tensors, s.Tensors) || got.Transposed != s.Transposed {
					t.Errorf("%s: %s is made of %v, want %v", layout, name, got, s)
				}
			}
			if len(plan.Sources) != len(want) {
				t.Errorf("%s: %d parameters, want %d", layout, len(plan.Sources), len(want))
			}
		}
	}
}

// TestTransformersNames holds the table to names as transformers 5.24 writes them.
func TestTransformersNames(t *testing.T) {
	const v, x = "visual.transformer.resblocks.", "transformer.resblocks."
	const vision, text = "vision_model.encoder.layers.", "text_model.encoder.layers."
	for openai, hf := range map[string]string{
		"visual.ln_pre.weight":      "vision_model.pre_layrnorm.weight",
		"visual.proj":               "visual_projection.weight",
		"positional_embedding":      "text_model.embeddings.position_embedding.weight",
		v + "11.attn.out_proj.bias": vision + "11.self_attn.out_proj.bias",
		x + "0.mlp.c_fc.weight":     text + "0.mlp.fc1.weight",
		x + "0.attn.in_proj_bias":   text + "0.self_attn.q_proj.bias",
	} {
		if got := names.Write(names.Transformers, openai)[0].Tensor; got != hf {
			t.Errorf("%s is written as %s, want %s", openai, got, hf)
		}
	}
	if got := names.Write(names.Transformers, "visual.layer1.0.conv1.weight"); got != nil {
		t.Errorf("transformers has a name for a ResNet's: %v", got)
	}
}

// TestNoCLIP: the error says what a file holds instead, or lacks.
func TestNoCLIP(t *testing.T) {
	for _, c := range []struct {
		file []string
		want string
	}{
		{nil, "no CLIP among the 0 tensors"},
		{[]string{"bert.embeddings.weight"}, "bert.embeddings.weight"},
		{[]string{"visual.conv1.weight"}, "text tower is missing"},
		{[]string{"vision_model.embeddings.patch_embedding.weight"}, "text tower is missing"},
		{[]string{"text_model.embeddings.token_embedding.weight"}, "image tower is missing"},
		{[]string{"vision_model.embeddings.patch_embedding.weight",
			"text_model.embeddings.token_embedding.weight",
			"text_model.encoder.layers.0.self_attn.q_proj.bias"}, "k_proj"},
		{[]string{"visual.conv1.weight", "token_embedding.weight",
			"transformer.resblocks.999999999.ln_1.bias"}, "number 999999999 in a file of 3"},
	} {
		if _, err := names.Read(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.file, err, c.want)
		}
	}
}

// FuzzRead: no list of names panics, and what is read is made of tensors that the file has.
func FuzzRead(f *testing.F) {
	f.Add("visual.conv1.weight\ntoken_embedding.weight\nlogit_scale")
	f.Add("module.visual.conv1.weight\nmodule.text.token_embedding.weight\nmodule.text.")
	f.Add("vision_model.embeddings.patch_embedding.weight\n" +
		"text_model.embeddings.token_embedding.weight\n" +
		"text_model.encoder.layers.00.self_attn.q_proj.bias")
	f.Fuzz(func(t *testing.T, list string) {
		file := strings.Split(list, "\n")
		plan, err := names.Read(file)
		if err != nil {
			return
		}
		for name, s := range plan.Sources {
			for _, tensor := range s.Tensors {
				if !slices.Contains(file, tensor) {
					t.Errorf("%s is made of %q, which is not there", name, tensor)
				}
			}
		}
	})
}
