package tower_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
	"cliplab/lab/tower/judge"
)

const firstToken = float32(-0.007849324) // recorded from this code

var small = tower.Config{ImageSize: 12, PatchSize: 4, VisionWidth: 24, VisionLayers: 2,
	VisionHeads: 3, ContextLength: 9, VocabSize: 30, TextWidth: 20, TextLayers: 3, TextHeads: 2,
	EmbedDim: 16}

// batch makes n pictures of noise and n texts of different length that end with the largest id.
func batch(c tower.Config, n int) (pixels, tokens *tensor.Tensor) {
	rng := rand.New(rand.NewPCG(5, 6))
	pixels = tensor.New(n, 3, c.ImageSize, c.ImageSize)
	for i := range pixels.Data {
		pixels.Data[i] = float32(rng.NormFloat64())
	}
	tokens = tensor.New(n, c.ContextLength)
	for i := range n {
		row := tokens.Row(i).Data
		end := 2 + rng.IntN(c.ContextLength-4)
		for t := range end {
			row[t] = float32(1 + rng.IntN(c.VocabSize-2))
		}
		row[end] = float32(c.VocabSize - 1)
	}
	return pixels, tokens
}

// Both towers give the features of the judge. 1e-5 is the rounding of float32 through some ten
// products of a few dozen terms, relative to the largest feature.
func TestEncodeAgainstJudge(t *testing.T) {
	for _, exact := range []bool{false, true} {
		c := small
		c.ExactGELU = exact
		params := tower.Init(c, 3)
		pixels, tokens := batch(c, 5)
		m := judge.New(c, params)
		image, text := tensor.New(5, c.EmbedDim), tensor.New(5, c.EmbedDim)
		tower.EncodeImage(image, params, c, pixels)
		tower.EncodeText(text, params, c, tokens)
		if e := judge.MaxError(image.Data, m.EncodeImage(pixels)); e > 1e-5 {
			t.Errorf("image features differ by %.1e of the largest", e)
		}
		if e := judge.MaxError(text.Data, m.EncodeText(tokens)); e > 1e-5 {
			t.Errorf("text features differ by %.1e of the largest", e)
		}
	}
}

// A picture or text gets the same features, to the bit, in a batch of any size, and whatever
// stands behind the end of a text.
func TestBatchInvariance(t *testing.T) {
	const n = 300 // more than go through at once
	params := tower.Init(small, 3)
	pixels, tokens := batch(small, n)
	image, text := tensor.New(n, 16), tensor.New(n, 16)
	tower.EncodeImage(image, params, small, pixels)
	tower.EncodeText(text, params, small, tokens)
	one := tensor.New(1, 16)
	for _, i := range []int{0, 1, 203, n - 1} {
		tower.EncodeImage(one, params, small, pixels.Slice(i, i+1))
		equal(t, "image", i, one, image.Slice(i, i+1))
		alone := tokens.Slice(i, i+1).Clone()
		for j := len(alone.Data) - 1; alone.Data[j] == 0; j-- {
			alone.Data[j] = 7
		}
		tower.EncodeText(one, params, small, alone)
		equal(t, "text", i, one, text.Slice(i, i+1))
	}
	tower.EncodeText(tensor.New(0, 16), params, small, tensor.New(0, 9)) // nothing in, nothing out
	tower.EncodeImage(tensor.New(0, 16), params, small, tensor.New(0, 3, 12, 12))
}

func equal(t *testing.T, name string, i int, a, b *tensor.Tensor) {
	t.Helper()
	for k := range a.Data {
		if a.Data[k] != b.Data[k] {
			t.Fatalf("%s %d alone: feature %d is %v, in the batch %v", name, i, k, a.Data[k], b.Data[k])
		}
	}
}

// Parameter counts are those published for the models of OpenAI (clip-facts 3.1). No weight is
// allocated for it.
func TestParameterCounts(t *testing.T) {
	for name, want := range map[string][2]int{ // total, image tower where it is published
		"RN50":           {102007137, 38316896},
		"RN101":          {119688033, 0},
		"RN50x4":         {178300601, 0},
		"RN50x16":        {290979217, 0},
		"RN50x64":        {623258305, 0},
		"ViT-B/32":       {151277313, 87849216},
		"ViT-B/16":       {149620737, 86192640},
		"ViT-L/14":       {427616513, 303966208},
		"ViT-L/14@336px": {427944193, 0},
	} {
		c, err := tower.Published(name)
		if err != nil {
			t.Error(err)
			continue
		}
		total, image := tower.Count(c)
		if total != want[0] || want[1] > 0 && image != want[1] || c.Check() != nil {
			t.Errorf("%s has %d parameters, %d of images, want %d; %v", name, total, image, want,
				c.Check())
		}
	}
	total, image := tower.Count(vit(224, 16, 256, 10, 512, 256, 3))
	if total != 23446017 || image != 8276992 {
		t.Errorf("TinyCLIP-ViT-8M/16-Text-3M has %d parameters, %d of images", total, image)
	}
}

func vit(size, patch, width, layers, embed, textWidth, textLayers int) tower.Config {
	return tower.Config{ImageSize: size, PatchSize: patch, VisionWidth: width, VisionLayers: layers,
		VisionHeads: width / 64, ContextLength: 77, VocabSize: 49408, TextWidth: textWidth,
		TextLayers: textLayers, TextHeads: textWidth / 64, EmbedDim: embed}
}

func TestInit(t *testing.T) {
	c := vit(64, 8, 128, 2, 64, 128, 2)
	c.VocabSize = 1000
	a, b, other := tower.Init(c, 1), tower.Init(c, 1), tower.Init(c, 2)
	if err := tower.CheckParams(c, a); err != nil {
		t.Fatal(err)
	}
	for name, std := range map[string]float64{
		tower.TokenEmbedding: .02, tower.PositionalEmbedding: .01,
		tower.TextProjection: math.Pow(128, -.5), tower.VisualPositions: math.Pow(128, -.5),
		"transformer.resblocks.1.attn.in_proj_weight":        math.Pow(128, -.5),
		"transformer.resblocks.1.attn.out_proj.weight":       math.Pow(128, -.5) * math.Pow(4, -.5),
		"transformer.resblocks.0.mlp.c_fc.weight":            math.Pow(256, -.5),
		"transformer.resblocks.0.mlp.c_proj.weight":          math.Pow(128, -.5) * math.Pow(4, -.5),
		"visual.transformer.resblocks.0.mlp.c_fc.weight":     math.Pow(3*128, -.5), // bound/√3
		"visual.transformer.resblocks.0.attn.in_proj_weight": math.Sqrt(6./512) / math.Sqrt(3),
	} {
		var sum float64
		for i, x := range a[name].Data {
			sum += float64(x) * float64(x)
			if x != b[name].Data[i] {
				t.Fatalf("%s: the same seed gives other numbers", name)
			}
		}
		if got := math.Sqrt(sum / float64(len(a[name].Data))); math.Abs(got/std-1) > .03 {
			t.Errorf("%s: standard deviation %.4f, want %.4f", name, got, std)
		}
		if a[name].Data[0] == other[name].Data[0] {
			t.Errorf("%s: another seed gives the same numbers", name)
		}
	}
	if got := math.Exp(float64(a[tower.LogitScale].Data[0])); math.Abs(got-1/.07) > 1e-5 {
		t.Errorf("logit scale starts at %v", got)
	}
	// The numbers themselves: a change of the generator would spoil every recorded run.
	if got := a[tower.TokenEmbedding].Data[0]; got != firstToken {
		t.Errorf("first token weight of seed 1 is %v, was %v", got, firstToken)
	}
}

var smallResNet = tower.Config{ImageSize: 64, VisionWidth: 6, VisionStages: [4]int{1, 2, 1, 1},
	VisionHeads: 3, ContextLength: 9, VocabSize: 30, TextWidth: 20, TextLayers: 1, TextHeads: 1,
	EmbedDim: 16}

func TestConfigOfResNet(t *testing.T) {
	params := tower.Init(smallResNet, 1)
	got, err := tower.ConfigOf(params)
	if err != nil || got != smallResNet {
		t.Errorf("ConfigOf gives %+v, %v, want %+v", got, err, smallResNet)
	}
	delete(params, "visual.layer2.1.bn2.running_var")
	_, err = tower.ConfigOf(params)
	if err == nil || !strings.Contains(err.Error(), "layer2.1.bn2.running_var is missing") {
		t.Errorf("ConfigOf without a running variance: %v", err)
	}
	bad := smallResNet
	bad.VisionStages[2] = 0
	if err := bad.Check(); err == nil || !strings.Contains(err.Error(), "stages of [1 2 0 1]") {
		t.Errorf("a stage of no bottlenecks: %v", err)
	}
}

// Heads that are not 64 wide are known from the published shape; an architecture that is not
// built is refused by the name that shows it.
func TestConfigOfForeign(t *testing.T) {
	c := vit(64, 8, 128, 1, 32, 64, 1)
	c.VisionMLP, c.VocabSize, c.ContextLength = 300, 40, 11
	params := tower.Init(c, 1)
	got, err := tower.ConfigOf(params)
	if err != nil || got != c {
		t.Errorf("ConfigOf gives %+v, %v, want %+v", got, err, c)
	}
	params["visual.attn_pool.ln_k.weight"] = tensor.New(128)
	_, err = tower.ConfigOf(params)
	if err == nil || !strings.Contains(err.Error(), "CoCa") {
		t.Errorf("ConfigOf with CoCa's pooling: %v", err)
	}
}

func TestConfigOf(t *testing.T) {
	want := vit(48, 8, 128, 2, 32, 64, 3)
	want.VocabSize, want.ContextLength = 40, 11
	params := tower.Init(want, 1)
	got, err := tower.ConfigOf(params)
	if err != nil || got != want {
		t.Errorf("ConfigOf gives %+v, %v, want %+v", got, err, want)
	}
	delete(params, "ln_final.bias")
	_, err = tower.ConfigOf(params)
	if err == nil || !strings.Contains(err.Error(), "ln_final.bias is missing") {
		t.Errorf("ConfigOf without ln_final.bias: %v", err)
	}
	params["ln_final.bias"] = tensor.New(3)
	_, err = tower.ConfigOf(params)
	if err == nil || !strings.Contains(err.Error(), "shape [3], want [64]") {
		t.Errorf("ConfigOf with ln_final.bias of 3: %v", err)
	}
	if err := (tower.Config{}).Check(); err == nil || err.Error() != "tower: ImageSize is 0" {
		t.Errorf("empty config: %v", err)
	}
}

// Names and shapes come from foreign files: whatever they are, ConfigOf answers, with a
// configuration that an encoder can be made of or with an error.
func FuzzConfigOf(f *testing.F) {
	f.Add(false, "visual.conv1.weight", uint8(2), 0, "ln_final.weight")
	f.Add(false, "visual.positional_embedding", uint8(0), 0, "transformer.resblocks.2000000000.x")
	f.Add(true, "visual.conv1.weight", uint8(0), 1<<60, "visual.layer3.4000000000.conv1.weight")
	f.Add(true, "visual.attnpool.positional_embedding", uint8(0), -1, "visual.layer1.-7.x")
	f.Fuzz(func(t *testing.T, resNet bool, name string, dim uint8, size int, extra string) {
		c := small
		if resNet {
			c = smallResNet
		}
		params := map[string]*tensor.Tensor{extra: tensor.New(1)}
		for _, p := range tower.Params(c) {
			params[p.Name] = &tensor.Tensor{Shape: p.Shape, Data: make([]float32, p.Len())}
		}
		if p := params[name]; p != nil && len(p.Shape) > 0 {
			p.Shape = slices.Clone(p.Shape)
			p.Shape[int(dim)%len(p.Shape)] = size
		}
		got, err := tower.ConfigOf(params)
		if err == nil {
			_, err = tower.NewEncoder(params, got, ops.F32)
			if err != nil {
				t.Errorf("%+v makes no encoder: %v", got, err)
			}
		}
	})
}

// Neighbours on the grid are alike, and no two places are the same.
func TestSines(t *testing.T) {
	const grid, width = 8, 32
	positions := make([]float32, grid*grid*width)
	tower.Sines(positions, grid)
	cosine := func(a, b int) float64 {
		var dot, aa, bb float64
		for i := range width {
			x, y := float64(positions[a*width+i]), float64(positions[b*width+i])
			dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
		}
		return dot / math.Sqrt(aa*bb)
	}
	for cell := range grid * grid {
		for other := range cell {
			beside := cell-other == grid || cell-other == 1 && cell%grid > 0
			if c := cosine(cell, other); c > 0.999 || beside && c < 0.8 {
				t.Errorf("places %d and %d have cosine %.3f", other, cell, c)
			}
		}
	}
	var squares float64
	for _, x := range positions {
		squares += float64(x * x)
	}
	if got := math.Sqrt(squares / float64(len(positions))); math.Abs(got-0.7) > 1e-3 {
		t.Errorf("root mean square is %v, want 0.7", got)
	}
}
