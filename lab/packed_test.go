package lab

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

func tinyModel(t *testing.T, vocabulary int) *Model {
	t.Helper()
	cfg := tower.Config{ImageSize: 16, PatchSize: 8, VisionWidth: 64, VisionLayers: 2,
		VisionHeads: 1, ContextLength: 8, VocabSize: vocabulary, TextWidth: 64, TextLayers: 1,
		TextHeads: 1, EmbedDim: 16}
	m, err := NewModel("tiny", cfg, tower.Init(cfg, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func gray(n int) *Tensor {
	x := tensor.New(n, 3, 16, 16)
	for i := range x.Data {
		x.Data[i] = float32(i%7) - 3
	}
	return x
}

// A small model is never served from weights that are no longer its parameters: a changed number,
// a replaced tensor, another precision all show at once. A large one is told.
func TestModelNoticesChanges(t *testing.T) {
	m, x := tinyModel(t, 40), gray(2)
	encode := func() *Tensor {
		want := tensor.New(2, 16)
		if m.Precision == ops.F32 {
			tower.EncodeImage(want, m.Params(), m.Config, x)
			if got := m.EncodeImage(x); !slices.Equal(got.Data, want.Data) {
				t.Fatal("features are not those of the parameters")
			}
		}
		return m.EncodeImage(x)
	}
	first := encode()
	if again := encode(); m.packed.encoder == nil || !slices.Equal(again.Data, first.Data) {
		t.Error("the same again differs")
	}
	m.Params()["visual.transformer.resblocks.1.mlp.c_fc.weight"].Data[5] += .5
	if next := encode(); slices.Equal(next.Data, first.Data) {
		t.Error("a changed weight changes nothing")
	}
	m.Params()["visual.proj"] = tensor.New(64, 16)
	if next := encode(); next.Data[0] != 0 {
		t.Error("a projection to 0 gives something")
	}
	maps.Copy(m.Params(), tower.Init(m.Config, 3))
	m.Precision = ops.BF16
	if next := encode(); slices.Equal(next.Data, first.Data) {
		t.Error("bfloat16 gives the bits of float32")
	}

	m = tinyModel(t, noticed/64)
	first = encode()
	m.Params()["visual.proj"].Data[0] += 10
	m.Changed()
	if next := encode(); slices.Equal(next.Data, first.Data) {
		t.Error("a large model that was told goes on with old weights")
	}
}

func TestModelTraces(t *testing.T) {
	m := tinyModel(t, 49408)
	tr := m.TraceImage(gray(2), "visual.ln_pre", "visual.transformer.resblocks.?", "*.weights")
	if s := tr.Stream(1, 0).Shape; !slices.Equal(s, []int{3, 64}) {
		t.Errorf("the class token's stream is %v", s)
	}
	if s := tr.Heat(1).Shape; !slices.Equal(s, []int{2, 2}) {
		t.Errorf("heat is %v", s)
	}
	tokens, err := m.Tokenize("a cat", "a dog")
	if err != nil {
		t.Fatal(err)
	}
	if s := m.TraceText(tokens).Value("transformer.resblocks.0").Shape; !slices.Equal(s,
		[]int{2, 4, 64}) {
		t.Errorf("two captions of 4 tokens leave a stream of %v", s)
	}
	siglip := load(t, sigLIPFolder(t))
	tr = siglip.TraceImage(sigLIPVectors(t)["pixels"])
	if s := tr.Stream(1, 15).Shape; !slices.Equal(s, []int{2, 16}) {
		t.Errorf("the last patch's stream is %v", s)
	}
	var sum float64
	for _, p := range tr.Heat(1).Data {
		sum += float64(p)
	}
	near(t, "the heat of all patches", sum, 1, 1e-5)
	if tokens, err = siglip.Tokenize("the cat"); err != nil {
		t.Fatal(err)
	}
	tr = siglip.TraceText(tokens)
	if a, b := tr.Rollout(0).Shape, tr.Stream(0, 11).Shape; a[0] != 12 || b[0] != 2 {
		t.Errorf("12 tokens without a mask roll out as %v, and leave a stream of %v", a, b)
	}
	defer func() {
		if s, _ := recover().(string); !strings.Contains(s, `pattern "[`) {
			t.Errorf("a malformed pattern: %q", s)
		}
	}()
	m.TraceText(tokens, "[")
}
