package tower_test

import (
	"math"
	"strings"
	"testing"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// TestResized: numbers of torch 2.15.0's nn.functional.interpolate(p, size=(n, n), mode="bicubic",
// align_corners=False, antialias=…) of the 3 × 3 places below; the class token's stays.
func TestResized(t *testing.T) {
	places := []float32{7, 1, -2, 3, .5, 4, -1, 2, 0, -3}
	cfg := tower.Config{ImageSize: 12, PatchSize: 4, VisionWidth: 1, VisionHeads: 1, VisionLayers: 1,
		ContextLength: 4, VocabSize: 9, TextWidth: 1, TextHeads: 1, TextLayers: 1, EmbedDim: 1}
	for _, c := range []struct {
		size int
		how  tower.Interpolation
		want []float64 // the first places
	}{
		{8, tower.Antialiased, []float64{.5311982, 1.1632435, 1.6845006, -1.0181707}},
		{8, tower.FourTaps, []float64{.4380951, 1.5135880, 1.6573029, -1.8439713}},
		{20, tower.Antialiased, []float64{1.3011745, -.4442411, -2.4528298, 1.1271484, 3.7362044}},
		{20, tower.FourTaps, []float64{1.3959041, -.7872316, -2.5760000, .8105932, 3.9561603}},
		{12, tower.FourTaps, []float64{1, -2, 3, .5, 4, -1, 2, 0, -3}},
		{15, tower.Antialiased, []float64{1, -2, 3, .5, 4, -1, 2, 0, -3}}, // a rest is left of a patch
	} {
		to, got, err := tower.Resized(cfg, tensor.From(places, 10, 1), c.size, c.how)
		if err != nil {
			t.Fatal(err)
		}
		if to.ImageSize != c.size || got.Shape[0] != to.Sequence() || got.Data[0] != 7 {
			t.Errorf("size %d: %+v, %v", c.size, to, got)
		}
		for i, want := range c.want { // torch computes in float32
			if math.Abs(float64(got.Data[1+i])-want) > 3e-6 {
				t.Errorf("size %d, %d: place %d is %v, want %v", c.size, c.how, i, got.Data[1+i], want)
			}
		}
	}
	resnet := cfg
	resnet.VisionStages, resnet.PatchSize, resnet.VisionLayers = [4]int{1, 1, 1, 1}, 0, 0
	for want, wrong := range map[string]tower.Config{"a ResNet reads": resnet,
		"pictures of": func() tower.Config { c := cfg; c.PatchSize = 1; return c }()} {
		_, _, err := tower.Resized(wrong, tensor.From(places, 10, 1), 4096, tower.Antialiased)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, _, err := tower.Resized(cfg, tensor.New(9, 1), 16, tower.Antialiased); err == nil {
		t.Error("positions without the class token's")
	}
}
