package graph

import (
	"testing"

	G "gorgonia.org/gorgonia"
)

// BenchmarkStep is one step of training, forward, backward and AdamW, of the lesson's model, and
// of models S and M of the project's notes on Gorgonia.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name   string
		config Config
		batch  int
	}{
		{"lesson", vit(64, 8, 192, 6, 24, 192, 4), 128},
		{"S", vit(64, 8, 128, 4, 16, 128, 4), 32},
		{"M", vit(64, 8, 192, 6, 32, 192, 6), 64},
	} {
		b.Run(c.name, func(b *testing.B) {
			pixels, tokens := pairs(c.config, c.batch)
			clip := NewCLIP(G.NewGraph(), c.config, c.batch, 1)
			if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
				b.Fatal(err)
			}
			vm, opt := G.NewTapeMachine(clip.Loss.Graph()), NewAdamW()
			defer vm.Close()
			step := func() {
				if err := clip.SetBatch(pixels, tokens); err != nil {
					b.Fatal(err)
				}
				if err := vm.RunAll(); err != nil {
					b.Fatal(err)
				}
				if err := opt.Step(clip.Learnables(), 1e-3); err != nil {
					b.Fatal(err)
				}
				vm.Reset()
			}
			step()
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
			b.ReportMetric(flop(c.config, c.batch)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

func vit(size, patch, width, layers, context, textWidth, textLayers int) Config {
	return Config{ImageSize: size, PatchSize: patch, VisionWidth: width, VisionLayers: layers,
		VisionHeads: max(1, width/64), ContextLength: context, VocabSize: 4096, TextWidth: textWidth,
		TextLayers: textLayers, TextHeads: max(1, textWidth/64), EmbedDim: 512}
}

// flop counts the products of a step on texts that fill their rows: three times those of the
// forward pass. The last block carries one token of a sequence through its second half.
func flop(c Config, batch int) float64 {
	tower := func(tokens, width, layers int) float64 {
		w, t := float64(width), float64(tokens)
		return float64(batch) * (float64(layers)*t*(6*w*w+4*t*w) + (float64(layers-1)*t+1)*18*w*w)
	}
	return 3 * (tower(1+c.Patches(), c.VisionWidth, c.VisionLayers) +
		tower(c.ContextLength, c.TextWidth, c.TextLayers) +
		2*float64(batch*c.Patches()*c.PatchPixels()*c.VisionWidth))
}
