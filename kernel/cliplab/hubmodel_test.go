package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/hub/hubtest"
	"cliplab/lab/tower"
)

// onHub serves a small model of random weights, as transformers would write it, from a hub on
// 127.0.0.1, and points the environment to it.
func onHub(t *testing.T) *hubtest.Server {
	t.Helper()
	cfg := tower.Config{ImageSize: 16, PatchSize: 8, VisionWidth: 64, VisionLayers: 2,
		VisionHeads: 1, ContextLength: 16, VocabSize: 49408, TextWidth: 64, TextLayers: 1,
		TextHeads: 1, EmbedDim: 16}
	m, err := lab.NewModel("tiny", cfg, tower.Init(cfg, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := m.SaveHuggingFace(dir); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range all {
		files[entry.Name()] = []byte(content(t, filepath.Join(dir, entry.Name())))
	}
	h := hubtest.New()
	t.Cleanup(h.Close)
	h.Name("someone/tiny", "v1", h.Put("someone/tiny", files))
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_ENDPOINT", h.URL)
	for _, name := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE",
		"HF_TOKEN"} {
		t.Setenv(name, "")
	}
	return h
}

// TestHubModel: a model is fetched once by its name; then features, search and classes come
// without a connection, and the search knows model and precision of the features.
func TestHubModel(t *testing.T) {
	h, dir := onHub(t), album(t, 200)
	folder := t.TempDir()
	for i, precision := range []string{"f32", "bf16", "i8"} {
		out := filepath.Join(folder, precision+".npy")
		status, _, stderr := try(t, "encode", "--images", dir, "-o", out, "-m", "someone/tiny",
			"--revision", "v1", "--precision", precision)
		if status != 0 {
			t.Fatalf("%s: %s", precision, stderr)
		}
		if fetched := strings.Contains(stderr, "someone/tiny model.safetensors, "); fetched != (i == 0) {
			t.Errorf("%s: a bar of a download: %v\n%s", precision, fetched, stderr)
		}
		contains(t, precision, stderr, " × 16 features of pictures by someone/tiny")
	}
	h.Close()
	rocket := filepath.Join(dir, "photos", "rocket.jpg")
	for _, precision := range []string{"f32", "i8"} {
		status, stdout, stderr := try(t, "search", "-f", filepath.Join(folder, precision+".npy"),
			"--image", rocket, "-k", "1", "--offline")
		if status != 0 || !strings.HasSuffix(stdout, "1.0000  photos/rocket.jpg\n") {
			t.Errorf("%s: %s%s", precision, stdout, stderr)
		}
	}
	out := filepath.Join(folder, "f32.npy")
	status, stdout, stderr := try(t, "classify", rocket, "-m", "someone/tiny", "--revision", "v1",
		"-l", "a rocket,a cat", "--offline")
	if status != 0 || strings.Count(stdout, "%") != 2 {
		t.Errorf("%s%s", stdout, stderr)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"encode", "--images", dir, "-o", out, "-m", "someone/tiny", "--revision", "v1",
			"--precision", "bf16", "--offline"}, 1, "the precision was f32, is bf16"},
		{[]string{"search", "-f", out, "a", "-m", lab.Shipped}, 1, "other weights"},
		{[]string{"encode", "--images", dir, "-o", out, "--precision", "f16"}, 2, "f32, bf16 or i8"},
		{[]string{"search", "-f", out, "a", "-m", "someone/else", "--offline"}, 1, "not cached"},
	} {
		status, stdout, stderr := try(t, c.args...)
		if status != c.status || stdout != "" {
			t.Errorf("%q: status %d, stdout %q", c.args, status, stdout)
		}
		contains(t, strings.Join(c.args, " "), stderr, "cliplab: ", c.want)
	}
}
