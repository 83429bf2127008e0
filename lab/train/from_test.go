package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/configs"
)

// What reads other words or other pictures than training makes is not trained.
func TestFromOfOtherInputs(t *testing.T) {
	cfg := tiny(1)
	model, _, err := Run(t.Context(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.From = model
	if err := cfg.Check(); err != nil {
		t.Error(err)
	}
	dir := filepath.Join(t.TempDir(), "clip")
	if err := model.SaveOpenCLIP(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, configs.OpenCLIPFile)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	named := strings.Replace(string(text), `"text_cfg": {`,
		`"text_cfg": {"hf_tokenizer_name": "bert-base-uncased",`, 1)
	if err := os.WriteFile(file, []byte(named), 0o666); err != nil {
		t.Fatal(err)
	}
	if cfg.From, err = lab.Load(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "other words than CLIP's") {
		t.Errorf("a model of other words: %v", err)
	}
	cfg.From = model
	model.Pixels.Std[1] = .5
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "normalised by mean") {
		t.Errorf("a model of other pictures: %v", err)
	}
}
