package graph_test

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/graph"
	"cliplab/lab/tensor"
)

// A small CLIP learns four pairs by heart: a grey picture of some brightness, and a text of one
// word.
func ExampleNewCLIP() {
	cfg := graph.Config{ImageSize: 8, PatchSize: 4, VisionWidth: 16, VisionLayers: 1,
		VisionHeads: 2, ContextLength: 3, VocabSize: 8, TextWidth: 16, TextLayers: 1, TextHeads: 2,
		EmbedDim: 8}
	const batch = 4
	images, tokens := tensor.New(batch, 3, 8, 8), tensor.New(batch, 3)
	for i := range batch {
		for k := range images.Row(i).Data {
			images.Row(i).Data[k] = float32(i) - 1.5
		}
		copy(tokens.Row(i).Data, []float32{5, float32(i), 7}) // start, word, end
	}

	g := G.NewGraph()
	clip := graph.NewCLIP(g, cfg, batch, 1)
	_, err := G.Grad(clip.Loss, clip.Learnables()...)
	vm, opt := G.NewTapeMachine(g), graph.NewAdamW()
	defer vm.Close()
	for step := 0; step < 300 && err == nil; step++ {
		if err = clip.SetBatch(images, tokens); err != nil {
			break
		}
		if err = vm.RunAll(); err != nil {
			break
		}
		err = opt.Step(clip.Learnables(), 5e-3)
		vm.Reset()
	}
	fmt.Printf("chance %.2f, loss below 0.1: %v, error %v\n",
		math.Log(batch), clip.Losses().Mean() < 0.1, err)
	// Output: chance 1.39, loss below 0.1: true, error <nil>
}

// Single ops make a graph of one's own: here the loss of features that are given.
func ExampleContrastiveLoss() {
	image := tensor.From([]float32{1, 0, 0, 2}, 2, 2)
	text := tensor.From([]float32{3, 0, 0, 4}, 2, 2)
	t := tensor.From([]float32{0})

	g := G.NewGraph()
	i, j := graph.Input(g, "image", image), graph.Input(g, "text", text)
	scale := graph.Input(g, "logit_scale", t)
	loss := graph.ContrastiveLoss(graph.Normalize(i), graph.Normalize(j), scale)
	grads, err := G.Grad(loss, scale)
	if err != nil {
		fmt.Println(err)
		return
	}
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	if err := vm.RunAll(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("loss %.4f = ln(1 + 1/e), by t %.4f\n", loss.Value().Data(), grads[0].Value().Data())
	// Output: loss 0.3133 = ln(1 + 1/e), by t -0.2689
}
