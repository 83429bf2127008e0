package lab

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/configs"
	"cliplab/lab/hub/hubtest"
	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
)

// sigLIPTexts are those of lab/peers/make_checkpoint_vectors.py.
var sigLIPTexts = []string{"A photo of the cat!", "two dogs, running", "NEW YORK."}

// sigLIPFolder is a SigLIP as transformers saves it, with its words.
func sigLIPFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(published, "siglip"))); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "spiece.model", spiece(t))
	return dir
}

func spiece(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile("unigram/testdata/small.model")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// sigLIPVectors are the tokens, features and probabilities that transformers computed.
func sigLIPVectors(t *testing.T) map[string]*Tensor {
	t.Helper()
	f, err := safetensors.ReadFile(filepath.Join(published, "siglip.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameAnswers compares a SigLIP with the vectors: captions, features, probabilities.
func sameAnswers(t *testing.T, what string, m *Model) {
	t.Helper()
	want := sigLIPVectors(t)
	tokens, err := m.Tokenize(sigLIPTexts...)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for i, row := range tokens.IDs {
		for j, id := range row {
			if id != int(want["tokens"].At(i, j)) {
				t.Fatalf("%s: %q gives %v, want %v", what, sigLIPTexts[i], row, want["tokens"].Row(i).Data)
			}
		}
	}
	sameFeatures(t, what, m.EncodeImage(want["pixels"]), want["image"])
	sameFeatures(t, what, m.EncodeText(tokens), want["text"])
	c, err := m.Classifier(sigLIPTexts, "{}")
	if err != nil {
		t.Fatal(err)
	}
	sameFeatures(t, what, c.ClassifyFeatures(want["image"]).Probs, want["probabilities"])
}

// TestSigLIP: a folder of transformers gives its probabilities, by sigmoid, also after saving.
func TestSigLIP(t *testing.T) {
	m := load(t, sigLIPFolder(t))
	sameAnswers(t, "as published", m)
	if b, ok := m.LogitBias(); !ok || b != -4.5 {
		t.Errorf("logit bias %v, %v", b, ok)
	}
	if s := m.String(); !strings.Contains(s, "a SigLIP of") || !strings.Contains(s, "bias -4.5") {
		t.Errorf("String is %s", s)
	}
	total, _ := tower.Count(m.Config)
	if m.Parameters() != total+1 {
		t.Errorf("%d parameters, %d of the towers", m.Parameters(), total)
	}
	for name, again := range saved(t, m) {
		sameAnswers(t, name, again)
		if again.Config != m.Config || again.Pixels != m.Pixels {
			t.Errorf("%s: %+v %+v", name, again.Config, again.Pixels)
		}
	}
	if b, ok := load(t, Shipped).LogitBias(); ok {
		t.Errorf("a CLIP has the logit bias %v", b)
	}
}

// TestSigLIPWithoutConfig: a lone file is known by its tensors.
func TestSigLIPWithoutConfig(t *testing.T) {
	dir := sigLIPFolder(t)
	remove(t, dir, "config.json")
	remove(t, dir, "preprocessor_config.json")
	m := load(t, dir)
	// Its heads are 64 wide then, as those of all published models.
	if m.Config.VisionHeads != 1 || m.Pixels.Mean != [3]float32{.5, .5, .5} {
		t.Errorf("%+v, %+v", m.Config, m.Pixels)
	}
	if _, ok := m.LogitBias(); !ok {
		t.Error("no logit bias")
	}
	if _, err := m.Tokenize("a cat"); err != nil {
		t.Error(err)
	}
}

// TestSaveBesideOthers: the words of another model are not written over.
func TestSaveBesideOthers(t *testing.T) {
	m, dir := load(t, sigLIPFolder(t)), t.TempDir()
	put(t, dir, "spiece.model", []byte("other words"))
	err := m.Save(filepath.Join(dir, "m.safetensors"), nil)
	if err == nil || !strings.Contains(err.Error(), "spiece.model of another model") {
		t.Errorf("error %v", err)
	}
}

// TestWrongWords: pictures are encoded; captions say what is missing or wrong, and the remedy.
func TestWrongWords(t *testing.T) {
	pixels := sigLIPVectors(t)["pixels"]
	for want, change := range map[string]func(dir string){
		"put spiece.model or tokenizer.json, what it was published with": func(dir string) {
			remove(t, dir, "spiece.model")
		},
		"spiece.model: unigram: the message is cut off": func(dir string) {
			put(t, dir, "spiece.model", spiece(t)[:1000])
		},
		"cuts texts by WordPiece": func(dir string) {
			remove(t, dir, "spiece.model")
			put(t, dir, "tokenizer.json", []byte(`{"model": {"type": "WordPiece"}}`))
		},
		"tokenizer.json: gemma: what is unknown": func(dir string) {
			remove(t, dir, "spiece.model")
			put(t, dir, "tokenizer.json", []byte(`{"model": {"type": "BPE"}}`))
		},
		"is no file": func(dir string) {
			remove(t, dir, "spiece.model")
			if err := os.Mkdir(filepath.Join(dir, "spiece.model"), 0o755); err != nil {
				t.Fatal(err)
			}
		},
	} {
		dir := sigLIPFolder(t)
		change(dir)
		m := load(t, dir)
		m.EncodeImage(pixels)
		_, err := m.Classifier([]string{"a cat"})
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), "lab: model ") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	more := configs.OfSigLIP(tower.Config{VocabSize: 300})
	_, err := place{folder: sigLIPFolder(t)}.words(more).tokenize([]string{"a"}, 8)
	if err == nil || !strings.Contains(err.Error(), "450 ids, but the token embedding 300 rows") {
		t.Errorf("words of a larger model: %v", err)
	}
	if w := (place{}).words(configs.Of(tiny(t).Config)); w != nil {
		t.Errorf("a CLIP has other words: %+v", w)
	}
	cfg := load(t, sigLIPFolder(t)).Config
	m, err := NewModel("new", cfg, tower.Init(cfg, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Tokenize("a cat"); err == nil {
		t.Error("a SigLIP's captions were cut into CLIP's tokens")
	}
}

// TestImageSize: positions are interpolated as transformers does.
func TestImageSize(t *testing.T) {
	want, dir := sigLIPVectors(t), sigLIPFolder(t)
	for name, size := range map[string]int{"24": 24, "8": 8} {
		m := load(t, dir, WithImageSize(size))
		if m.Config.ImageSize != size || m.Pixels.Size != size {
			t.Errorf("size %d, pictures %d", m.Config.ImageSize, m.Pixels.Size)
		}
		sameFeatures(t, name, m.EncodeImage(want["pixels."+name]), want["image."+name])
		path := t.TempDir()
		if err := m.SaveHuggingFace(path); err != nil {
			t.Fatal(err)
		}
		sameFeatures(t, name, load(t, path).EncodeImage(want["pixels."+name]), want["image."+name])
	}
	clip := load(t, filepath.Join(published, "transformers"), WithImageSize(32))
	if p := clip.Pixels; p.Size != 32 || p.Short != 36 { // of 16 and 18
		t.Errorf("pictures %+v", p)
	}
	for _, size := range []int{-1, 3, 1 << 40} {
		_, err := Load(context.Background(), dir, WithImageSize(size))
		if err == nil {
			t.Errorf("pictures of %d pixels", size)
		}
	}
	small := load(t, Shipped)
	large := load(t, Shipped, WithImageSize(2*small.Config.ImageSize))
	if large.Config.ImageSize != 2*small.Config.ImageSize || load(t, Shipped) != small {
		t.Errorf("the shipped model at %d", large.Config.ImageSize)
	}
}

// TestWordsFromHub: the words come with the weights, or from where open_clip's configuration says.
func TestWordsFromHub(t *testing.T) {
	server := hubtest.New()
	defer server.Close()
	files, oc := map[string][]byte{}, map[string][]byte{}
	dir := sigLIPFolder(t)
	for _, name := range []string{"config.json", "model.safetensors", "spiece.model"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	server.Put("someone/siglip", files)
	// A CLIP whose texts have the words of another repository, as its configuration says.
	m, saved := tiny(t), t.TempDir()
	if err := m.SaveOpenCLIP(saved); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"open_clip_config.json", "open_clip_model.safetensors"} {
		data, err := os.ReadFile(filepath.Join(saved, name))
		if err != nil {
			t.Fatal(err)
		}
		oc[name] = bytes.Replace(data, []byte(`"text_cfg": {`), []byte(`"text_cfg": {`+
			`"hf_tokenizer_name": "someone/siglip", "tokenizer_kwargs": {"clean": "canonicalize"},`), 1)
	}
	server.Put("someone/open_clip", oc)
	t.Setenv("HF_ENDPOINT", server.URL)
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
	for _, opts := range [][]LoadOption{nil, {Offline()}} {
		sameAnswers(t, "from the hub", load(t, "someone/siglip", opts...))
	}
	for _, opts := range [][]LoadOption{nil, {Offline()}} {
		m := load(t, "someone/open_clip", opts...)
		tokens, err := m.Tokenize("the_cat!")
		if err != nil {
			t.Fatal(err)
		}
		same, err := load(t, dir).Tokenize("the cat")
		if err != nil {
			t.Fatal(err)
		}
		if got := tokens.IDs[0]; !slices.Equal(got, same.IDs[0][:len(got)]) {
			t.Errorf("ids %v, want %v", got, same.IDs[0])
		}
	}
}

// TestSigmoidOfCLIP: a CLIP that was trained with SigLIP's loss has a bias, and sigmoids.
func TestSigmoidOfCLIP(t *testing.T) {
	m := tiny(t)
	m.Params()[tower.LogitBias] = &Tensor{Shape: []int{}, Data: []float32{-3}}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path, nil); err != nil {
		t.Fatal(err)
	}
	again := load(t, path)
	c, err := again.Classifier([]string{"a photo", "a dog"}, "{}")
	if err != nil {
		t.Fatal(err)
	}
	p := c.ClassifyFeatures(again.EncodeImage(&Tensor{Shape: []int{1, 3, 16, 16},
		Data: make([]float32, 3*16*16)}))
	for j, cosine := range p.Similarity.Data {
		want := 1 / (1 + math.Exp(3-again.LogitScale()*float64(cosine)))
		near(t, "probability", float64(p.Probs.Data[j]), want, 1e-6)
	}
	if err := again.SaveHuggingFace(t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "write it for open_clip") {
		t.Errorf("transformers' CLIP has no bias: %v", err)
	}
	if err := again.SaveOpenCLIP(t.TempDir()); err != nil {
		t.Error(err)
	}
}

// TestSigLIP2: Gemma's words, as transformers cuts them, with its frame; open_clip cleans before.
func TestSigLIP2(t *testing.T) {
	dir := sigLIPFolder(t)
	remove(t, dir, "spiece.model")
	if err := os.CopyFS(dir, os.DirFS("gemma/testdata")); err != nil {
		t.Fatal(err)
	}
	m, saved := load(t, dir), t.TempDir()
	if err := m.SaveHuggingFace(saved); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(filepath.Join(saved, "own.safetensors"), nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Model{m, load(t, saved), load(t, filepath.Join(saved, "own.safetensors"))} {
		tokens, err := m.Tokenize("the Cat")
		if err != nil {
			t.Fatal(err)
		}
		if got := tokens.IDs[0]; len(got) != 12 || !slices.Equal(got[len(got)-3:], []int{0, 0, 0}) ||
			!slices.Contains(got, 1) {
			t.Errorf("ids %v", got)
		}
		m.EncodeText(tokens)
	}
	w := place{folder: dir}.words(configs.Model{Tower: m.Config, Tokenizer: "x/y", Canonical: true})
	tokens, err := w.tokenize([]string{"the, <cat>!"}, 12)
	if err != nil {
		t.Fatal(err)
	}
	same, err := m.Tokenize("the cat")
	if err != nil || !slices.Equal(tokens.IDs[0], same.IDs[0]) {
		t.Errorf("ids %v, want %v, %v", tokens.IDs[0], same.IDs[0], err)
	}
}
