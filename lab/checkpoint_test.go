package lab

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/tower"
)

func tiny(t *testing.T) *Model {
	t.Helper()
	v := NewVocabulary([][]int{{49406, 320, 1125, 539, 320, 1929, 49407, 0}})
	cfg := tower.Config{ImageSize: 16, PatchSize: 8, VisionWidth: 64, VisionLayers: 1,
		VisionHeads: 1, ContextLength: 8, VocabSize: v.Size(), TextWidth: 64, TextLayers: 1,
		TextHeads: 1, EmbedDim: 32}
	m, err := NewModel("tiny", cfg, tower.Init(cfg, 3), v)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSaveAndLoad(t *testing.T) {
	m := tiny(t)
	path := filepath.Join(t.TempDir(), "tiny.safetensors")
	if err := m.Save(path, map[string]string{"seed": "3"}); err != nil {
		t.Fatal(err)
	}
	got, err := Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Config != m.Config {
		t.Errorf("config %+v, want %+v", got.Config, m.Config)
	}
	tokens, err := m.Tokenize("a photo of a dog", "a dog")
	if err != nil {
		t.Fatal(err)
	}
	a, b := Normalize(m.EncodeText(tokens)), Normalize(got.EncodeText(tokens))
	for i := range 2 { // half precision keeps 11 bits of each weight
		near(t, "cosine after saving", Similarity(a.Slice(i, i+1), b.Slice(i, i+1)).At(0, 0), 1, 1e-5)
	}
	if unknown := m.Unknown("a photo of a zebra"); len(unknown) != 1 || unknown[0] != "zebra" {
		t.Errorf("unknown pieces %q, want zebra", unknown)
	}
}

func TestLoadErrors(t *testing.T) {
	ctx := context.Background()
	if _, err := Load(ctx, "no-such-model"); err == nil || !strings.Contains(err.Error(), Shipped) {
		t.Errorf("a missing model: %v", err)
	}
	if _, err := Load(ctx, os.DevNull); err == nil ||
		!strings.Contains(err.Error(), "neither a file nor a folder") {
		t.Errorf("a device: %v", err)
	}
	broken := filepath.Join(t.TempDir(), "broken.safetensors")
	if err := os.WriteFile(broken, []byte("not safetensors at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(ctx, broken); err == nil {
		t.Error("a broken file was loaded")
	}
	m := tiny(t)
	delete(m.Params(), "ln_final.weight")
	if _, err := NewModel("half", m.Config, m.Params(), m.vocabulary); err == nil ||
		!strings.Contains(err.Error(), "ln_final.weight") {
		t.Errorf("a missing parameter: %v", err)
	}
}
