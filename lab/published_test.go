package lab

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"cliplab/lab/ops"
	"cliplab/lab/pixels"
)

// publishedModel is the only real checkpoint of which outputs were published in all of: the tests
// of transformers, of Bumblebee, and the README of openai/CLIP.
const publishedModel = "openai/clip-vit-base-patch32"

// real opens the real ViT-B/32: what CLIPLAB_CLIP names, a file or folder, or the copy that some
// program has left in the hub's cache. Without either the test is skipped and says so (go test
// -v); nothing is fetched.
func real(t *testing.T) *Model {
	t.Helper()
	name, opts := os.Getenv("CLIPLAB_CLIP"), []LoadOption(nil)
	if name == "" {
		name, opts = publishedModel, []LoadOption{Offline()}
	}
	m, err := Load(context.Background(), name, opts...)
	if err != nil && os.Getenv("CLIPLAB_CLIP") == "" {
		t.Skipf("skipped: no real weights: CLIPLAB_CLIP names no ViT-B/32, and %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// picture opens a picture from the folder that CLIPLAB_PICTURES names, or skips.
func picture(t *testing.T, m *Model, name string) *Tensor {
	t.Helper()
	folder := os.Getenv("CLIPLAB_PICTURES")
	f, err := os.Open(filepath.Join(folder, name))
	if folder == "" || os.IsNotExist(err) {
		t.Skipf("skipped: no picture %s: set CLIPLAB_PICTURES to a folder that has it", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := pixels.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m.Preprocess(img)
}

// perText are the logits of a picture for each caption.
func perText(t *testing.T, m *Model, image *Tensor, captions ...string) *Tensor {
	t.Helper()
	tokens, err := m.Tokenize(captions...)
	if err != nil {
		t.Fatal(err)
	}
	cosines := Similarity(Normalize(m.EncodeImage(image)), Normalize(m.EncodeText(tokens)))
	return Logits(cosines, m.LogitScale())
}

// The logits of two cats, COCO val2017 000000039769.jpg: transformers, tests/models/clip, which
// allows 1e-3. We allow .05: this picture is a JPEG, whose decoders differ by a few levels.
func TestPublishedTwoCats(t *testing.T) {
	m := real(t)
	image := picture(t, m, "000000039769.jpg")
	for p, allowed := range map[ops.Precision]float64{ops.F32: .05, ops.BF16: .15, ops.I8: 1} {
		m.Precision = p
		logits := perText(t, m, image, "a photo of a cat", "a photo of a dog").Data
		for i, want := range []float64{24.5701, 19.3049} {
			if d := math.Abs(float64(logits[i]) - want); d > allowed {
				t.Errorf("precision %v: logit %d is %.4f, published %.4f", p, i, logits[i], want)
			}
		}
	}
}

// The probabilities in the README of openai/CLIP, of its CLIP.png, a PNG: half precision on a
// GPU, so 2e-3.
func TestPublishedREADME(t *testing.T) {
	m := real(t)
	image := picture(t, m, "CLIP.png")
	probs := SoftmaxRows(perText(t, m, image, "a diagram", "a dog", "a cat")).Data
	for i, want := range []float64{.9927937, .00421068, .00299572} {
		if d := math.Abs(float64(probs[i]) - want); d > 2e-3 {
			t.Errorf("probability %d is %.5f, published %.5f", i, probs[i], want)
		}
	}
}

// Hidden states and the pooled state of a picture of .5 everywhere, tokens and values 1 to 3:
// Bumblebee's test of its vision tower, which allows 1e-4.
func TestPublishedHiddenStates(t *testing.T) {
	m := real(t)
	x := gray(1)
	x.Shape, x.Data = []int{1, 3, 224, 224}, make([]float32, 3*224*224)
	for i := range x.Data {
		x.Data[i] = .5
	}
	tr := m.TraceImage(x, "visual.transformer.resblocks.11", "visual.ln_post")
	hidden := tr.Value("visual.transformer.resblocks.11")
	for i, row := range [][]float64{{.3465, -.3939, -.5297}, {.3588, -.2529, -.5606},
		{.3958, -.2688, -.5367}} {
		for j, want := range row {
			got := float64(hidden.Data[(1+i)*hidden.Shape[2]+1+j])
			if math.Abs(got-want) > 1e-3 {
				t.Errorf("hidden state [%d, %d] is %.4f, published %.4f", 1+i, 1+j, got, want)
			}
		}
	}
	for j, want := range []float64{.3602, .3658, -.2337} {
		if got := float64(tr.Value("visual.ln_post").Data[1+j]); math.Abs(got-want) > 1e-3 {
			t.Errorf("pooled state %d is %.4f, published %.4f", 1+j, got, want)
		}
	}
}
