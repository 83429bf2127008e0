package train_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"

	"cliplab/lab/progress"
	"cliplab/lab/tower"
	"cliplab/lab/train"
)

// shades is a source of grey pictures, each with its shade as caption.
type shades struct{}

var names = []string{"black", "dark", "light", "white"}

func (shades) Batch(n int, rng *rand.Rand) []train.Example {
	var batch []train.Example
	for _, i := range rng.Perm(len(names))[:n] {
		picture := image.NewNRGBA(image.Rect(0, 0, 16, 16))
		for p := range 256 {
			picture.Set(p%16, p/16, color.Gray{uint8(85 * i)})
		}
		batch = append(batch, train.Example{Picture: picture, Caption: names[i]})
	}
	return batch
}

func (shades) Captions() []string { return names }

type silent struct{}

func (silent) Update(progress.State) {}

// One call trains a CLIP; the same configuration, source and machine give the same losses.
func ExampleRun() {
	defer progress.SetSink(silent{})()
	cfg := train.Config{
		Tower: tower.Config{ImageSize: 16, PatchSize: 8, VisionWidth: 32, VisionLayers: 1,
			VisionHeads: 1, ContextLength: 6, TextWidth: 32, TextLayers: 1, TextHeads: 1, EmbedDim: 16},
		Batch: 4, Steps: 150, Warmup: 10, Rate: 3e-3, MaxNorm: 1, TextLength: 6, Seed: 1,
	}
	model, history, err := train.Run(context.Background(), cfg, shades{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d steps, chance %.3f, learned: %v, exp(t) below 100: %v\n", history.Steps(),
		history.Chance(), history.Smoothed(10)[149] < 0.2, model.LogitScale() < 100)
	// Output: 150 steps, chance 1.386, learned: true, exp(t) below 100: true
}
