package lab

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/bpe"
	"cliplab/lab/hub/hubtest"
	"cliplab/lab/ops"
	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
)

// published is testdata/checkpoints, by lab/peers/make_checkpoint_vectors.py.
const published = "testdata/checkpoints"

// vectors are the inputs and features that transformers and open_clip computed.
func vectors(t *testing.T) (map[string]*Tensor, *Tokens) {
	t.Helper()
	f, err := safetensors.ReadFile(filepath.Join(published, "vectors.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	tokens := &bpe.Tokens{}
	for i := range all["tokens"].Shape[0] {
		var ids []int
		for _, id := range all["tokens"].Row(i).Data {
			ids = append(ids, int(id))
		}
		tokens.IDs = append(tokens.IDs, ids)
	}
	return all, tokens
}

// sameFeatures allows for sums in another order.
func sameFeatures(t *testing.T, what string, got, want *Tensor) {
	t.Helper()
	for i, v := range want.Data {
		if math.Abs(float64(got.Data[i]-v)) > 1e-5*max(1, math.Abs(float64(v))) {
			t.Fatalf("%s: feature %d is %v, want %v", what, i, got.Data[i], v)
		}
	}
}

func load(t *testing.T, name string, opts ...LoadOption) *Model {
	t.Helper()
	m, err := Load(context.Background(), name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPublished: a folder of transformers, in shards of fp16, and an archive as OpenAI's.
func TestPublished(t *testing.T) {
	want, tokens := vectors(t)
	for name, from := range map[string]string{
		"transformers": "transformers", "transformers/model.safetensors.index.json": "transformers",
		"openai.pt": "openai",
	} {
		m := load(t, filepath.Join(published, name))
		sameFeatures(t, name, m.EncodeImage(want["pixels"]), want[from+".image"])
		sameFeatures(t, name, m.EncodeText(tokens), want[from+".text"])
		if from == "transformers" && (m.Pixels.Mean != [3]float32{0.5, 0.25, 0.125} ||
			m.Pixels.Std != [3]float32{0.5, 1, 2} || m.Pixels.Short != 18 || !m.Config.ExactGELU) {
			t.Errorf("%s: pixels %+v, config %+v", name, m.Pixels, m.Config)
		}
	}
}

// saved is a model as it is after it was written for others, and for this lab.
func saved(t *testing.T, m *Model) map[string]*Model {
	t.Helper()
	dir := t.TempDir()
	hf, own := filepath.Join(dir, "hf"), filepath.Join(dir, "own.safetensors")
	if err := errors.Join(m.SaveHuggingFace(hf), m.Save(own, nil)); err != nil {
		t.Fatal(err)
	}
	return map[string]*Model{"hf": load(t, hf), "own.safetensors": load(t, own)}
}

// TestWriteAndRead: what is written for others opens here with the same numbers.
func TestWriteAndRead(t *testing.T) {
	want, tokens := vectors(t)
	m := load(t, filepath.Join(published, "transformers"))
	for name, again := range saved(t, m) {
		if again.Config != m.Config || again.Pixels.Mean != m.Pixels.Mean {
			t.Errorf("%s: %+v %+v", name, again.Config, again.Pixels)
		}
		for param, p := range m.Params() {
			for i, v := range p.Data { // fp16 holds what came from fp16
				if again.Params()[param].Data[i] != v {
					t.Fatalf("%s: %s[%d] is %v, want %v", name, param, i, again.Params()[param].Data[i], v)
				}
			}
		}
		sameFeatures(t, name, again.EncodeText(tokens), want["transformers.text"])
	}
	if err := m.SaveOpenCLIP(t.TempDir()); err == nil || !strings.Contains(err.Error(), "short side") {
		t.Errorf("open_clip resizes to the crop: %v", err)
	}
	m.Pixels.Short = 0
	dir := t.TempDir()
	if err := m.SaveOpenCLIP(dir); err != nil {
		t.Fatal(err)
	}
	sameFeatures(t, "open_clip", load(t, dir).EncodeImage(want["pixels"]), want["transformers.image"])
}

// TestOwnVocabulary: a model of few words is written with a row for each of CLIP's ids.
func TestOwnVocabulary(t *testing.T) {
	m := tiny(t)
	dir := t.TempDir()
	if err := m.SaveHuggingFace(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vocab.json", "merges.txt", "tokenizer_config.json"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 100 {
			t.Errorf("%s: %v", name, err)
		}
	}
	again := load(t, dir)
	if again.Config.VocabSize != bpe.VocabSize || again.Vocabulary() != nil {
		t.Errorf("%d rows", again.Config.VocabSize)
	}
	tokens, err := m.Tokenize("a photo of a zebra", "a dog")
	if err != nil {
		t.Fatal(err)
	}
	sameFeatures(t, "text", again.EncodeText(tokens), m.EncodeText(tokens))
}

// TestFromHub: of several copies one is fetched, and offline mode uses it.
func TestFromHub(t *testing.T) {
	server := hubtest.New()
	defer server.Close()
	files := map[string][]byte{"tf_model.h5": []byte("not asked for"),
		"pytorch_model.bin": []byte("neither")}
	entries, err := os.ReadDir(filepath.Join(published, "transformers"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(published, "transformers", e.Name())
		if files[e.Name()], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	server.Put("someone/clip", files)
	t.Setenv("HF_ENDPOINT", server.URL)
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
	ctx := context.Background()
	if _, err := Load(ctx, "someone/clip", Offline()); err == nil {
		t.Error("opened offline before it was fetched")
	}
	want, _ := vectors(t)
	for _, opts := range [][]LoadOption{nil, {Offline()}, {Revision("main")}} {
		m := load(t, "someone/clip", opts...)
		if m.Name != "someone/clip" {
			t.Errorf("name %q", m.Name)
		}
		sameFeatures(t, m.Name, m.EncodeImage(want["pixels"]), want["transformers.image"])
	}
	for _, r := range server.Asked() {
		if strings.Contains(r.Path, "tf_model") || strings.Contains(r.Path, "pytorch_model") {
			t.Errorf("asked for %s", r.Path)
		}
	}
	_, err = Load(ctx, "someone/none")
	if err == nil || !strings.Contains(err.Error(), "someone/none") {
		t.Errorf("an unknown repository: %v", err)
	}
	if _, err := Load(ctx, "ViT-B/32"); err == nil ||
		!strings.Contains(err.Error(), "openai/clip-vit-base-patch32") {
		t.Errorf("OpenAI's name of a shape: %v", err)
	}
}

// TestDisagreement: configuration and tensors that differ are both named.
func TestDisagreement(t *testing.T) {
	source := filepath.Join(published, "transformers")
	for _, c := range []struct{ old, new, want string }{
		{`"max_position_embeddings": 8`, `"max_position_embeddings": 9`,
			"tensor text_model.embeddings.position_embedding.weight has shape [8 16], by " +
				"config.json it has [9 16]"},
		{`"patch_size": 8`, `"patch_size": 4`, "position_embedding.weight has shape [5 16]"},
		{`"num_hidden_layers": 2`, `"num_hidden_layers": 1`, "has no place in the model, by config.json"},
		{`"num_hidden_layers": 2`, `"num_hidden_layers": 3`, "is missing, by config.json"},
		{`"num_hidden_layers": 2`, `"num_hidden_layers": 1000000000`,
			"2000000000 layers by config.json, but there are only"},
		{`"model_type": "clip",`, `"model_type": "siglip",`, "it has [4 16]"}, // no class token
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "config.json")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.ReplaceAll(text, []byte(c.old), []byte(c.new))
		if bytes.Equal(changed, text) {
			t.Fatalf("config.json has no %s", c.old)
		}
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = Load(context.Background(), dir)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.new, err, c.want)
		}
	}
}

// TestWrongTensors: a tensor too many, too few, or of no numbers is named.
func TestWrongTensors(t *testing.T) {
	for want, change := range map[string]func(map[string]*Tensor){
		"tensor logit_beta belongs to no CLIP": func(p map[string]*Tensor) {
			p["logit_beta"] = stray()
		},
		"visual.ln_post.bias is missing": func(p map[string]*Tensor) {
			delete(p, "visual.ln_post.bias")
		},
		`"visual.proj" holds NaN at [0 2]`: func(p map[string]*Tensor) {
			p["visual.proj"] = p["visual.proj"].Clone()
			p["visual.proj"].Data[2] = float32(math.NaN())
		},
		"tensor visual.extra of shape [1] has no place": func(p map[string]*Tensor) {
			p["visual.extra"] = stray()
		},
	} {
		m := tiny(t)
		change(m.Params())
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := safetensors.WriteFile(path, m.Params(), safetensors.F32, nil); err != nil {
			t.Fatal(err)
		}
		_, err := Load(context.Background(), path)
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), "lab: model m.safetensors: ") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// stray is a tensor that no CLIP has.
func stray() *Tensor { return &Tensor{Shape: []int{1}, Data: make([]float32, 1)} }

// TestChangedFile: a mapped file that is cut short is noticed before it is looked at.
func TestChangedFile(t *testing.T) {
	cfg := tiny(t).Config
	cfg.VocabSize = mapMin / 4 / cfg.TextWidth
	m, err := NewModel("large", cfg, tower.Init(cfg, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := safetensors.WriteFile(path, m.Params(), safetensors.F32, nil); err != nil {
		t.Fatal(err)
	}
	again := load(t, path, WithPrecision(ops.BF16))
	if again.Precision != ops.BF16 {
		t.Errorf("precision %v", again.Precision)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "changed while it was open") {
			t.Errorf("panic %v", r)
		}
	}()
	again.EncodeImage(&Tensor{Shape: []int{1, 3, 16, 16}, Data: make([]float32, 3*16*16)})
}

// TestOverwrittenSmallFile: a small model does not mind.
func TestOverwrittenSmallFile(t *testing.T) {
	m := tiny(t)
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := safetensors.WriteFile(path, m.Params(), safetensors.F32, nil); err != nil {
		t.Fatal(err)
	}
	again := load(t, path)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	pixels := &Tensor{Shape: []int{1, 3, 16, 16}, Data: make([]float32, 3*16*16)}
	sameFeatures(t, "image", again.EncodeImage(pixels), m.EncodeImage(pixels))
}

// TestFolders: which file of weights is taken.
func TestFolders(t *testing.T) {
	clip, timm := `{"model_type": "clip"}`, `{"architecture": "vit_base"}`
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"config.json": clip, "model.safetensors": "", "open_clip_config.json": "{}",
			"open_clip_model.safetensors": ""}, "model.safetensors"},
		{map[string]string{"config.json": timm, "model.safetensors": "", "open_clip_config.json": "{}",
			"open_clip_pytorch_model.bin": ""}, "open_clip_pytorch_model.bin"},
		{map[string]string{"only [1].pt": ""}, "only [1].pt"},
		{map[string]string{"a.safetensors": "", "b.safetensors": ""}, ""},
		{map[string]string{"readme": ""}, ""},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := weightsIn(dir)
		if c.want == "" && err == nil || c.want != "" && got != filepath.Join(dir, c.want) {
			t.Errorf("of %v, %s, %v; want %s", c.files, got, err, c.want)
		}
	}
}
