package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"
	"cliplab/lab/tower/judge"
)

var small = Config{ImageSize: 12, PatchSize: 4, VisionWidth: 24, VisionLayers: 2, VisionHeads: 3,
	ContextLength: 9, VocabSize: 30, TextWidth: 20, TextLayers: 2, TextHeads: 2, EmbedDim: 16}

// pairs makes n pictures of noise and n texts of different length that end with the largest id.
func pairs(c Config, n int) (pixels, tokens *tensor.Tensor) {
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

// Features, loss and the gradient of every parameter of a whole CLIP are those of the judge, whose
// gradients are central differences in float64. Three numbers of each parameter are compared; the
// bound is the rounding of float32 through both passes, relative to the parameter's largest
// gradient.
func TestCLIPAgainstJudge(t *testing.T) {
	for _, exact := range []bool{false, true} {
		c, rng := small, rand.New(rand.NewPCG(1, 1))
		if exact {
			c.ExactGELU, c.VisionLayers, c.TextLayers = true, 1, 0
		}
		const n = 4
		params := tower.Init(c, 3)
		for _, p := range params { // no zeros and ones: they hide wrong gradients
			for i := range p.Data {
				p.Data[i] += float32(0.1 * rng.NormFloat64())
			}
		}
		pixels, tokens := pairs(c, n)
		g := G.NewGraph()
		clip, err := NewCLIPFrom(g, c, n, params, Options{TextLength: 7})
		run(t, clip, pixels, tokens)
		m := judge.New(c, params)
		want := m.Loss(pixels, tokens)
		if got := clip.Losses(); err != nil || math.Abs(got.PerImage-want.PerImage) > 1e-5 ||
			math.Abs(got.PerText-want.PerText) > 1e-5 {
			t.Fatalf("loss is %+v, want %+v, %v", got, want, err)
		}
		for _, node := range clip.Learnables() {
			v, err := node.Grad()
			if err != nil {
				t.Fatal(err)
			}
			got, largest := numbers(v), 1e-3
			for _, x := range got {
				largest = max(largest, math.Abs(float64(x)))
			}
			for range 3 {
				i := rng.IntN(len(got))
				want := m.Derivative(node.Name(), i, pixels, tokens)
				if d := math.Abs(float64(got[i]) - want); !(d < 2e-5*largest) {
					t.Errorf("%s[%d]: gradient %v, want %v", node.Name(), i, got[i], want)
				}
			}
		}
	}
}

// run does one forward and backward pass.
func run(t *testing.T, clip *CLIP, pixels, tokens *tensor.Tensor) {
	t.Helper()
	if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(clip.Loss.Graph())
	defer vm.Close()
	if err := clip.SetBatch(pixels, tokens); err != nil {
		t.Fatal(err)
	}
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
}

// train takes steps on one batch and gives the losses.
func train(t testing.TB, clip *CLIP, opt *AdamW, pixels, tokens *tensor.Tensor,
	steps int, options ...G.VMOpt) []float64 {
	t.Helper()
	if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(clip.Loss.Graph(), options...)
	defer vm.Close()
	var losses []float64
	for range steps {
		if err := clip.SetBatch(pixels, tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, clip.Losses().Mean())
		if err := opt.Step(clip.Learnables(), 2e-3); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	return losses
}

// A tiny model learns eight pairs by heart, and twice the same way to the bit; also when it is
// stopped half-way and resumed from its parameters and the optimiser's state.
func TestOverfitsRepeatably(t *testing.T) {
	const n, steps = 8, 60
	pixels, tokens := pairs(small, n)
	fresh := func() *CLIP { return NewCLIP(G.NewGraph(), small, n, 1) }
	first := train(t, fresh(), NewAdamW(), pixels, tokens, steps)
	if chance := math.Log(n); math.Abs(first[0]-chance) > 2 || first[steps-1] > 0.05 {
		t.Errorf("loss goes from %.3f to %.3f, want from about ln 8 = %.3f to below 0.05",
			first[0], first[steps-1], chance)
	}
	half, opt := fresh(), NewAdamW()
	again := train(t, half, opt, pixels, tokens, steps/2)
	resumed, next := fresh(), NewAdamW()
	if err := resumed.Load(half.Params()); err != nil {
		t.Fatal(err)
	}
	if err := next.SetState(opt.State()); err != nil {
		t.Fatal(err)
	}
	again = append(again, train(t, resumed, next, pixels, tokens, steps/2)...)
	for i := range first {
		if first[i] != again[i] {
			t.Fatalf("step %d: loss %v, the second time %v", i, first[i], again[i])
		}
	}
}

// Dual values change nothing for AdamW, and stock solvers, which need them, learn too.
func TestDualValues(t *testing.T) {
	const n, steps = 4, 12
	pixels, tokens := pairs(small, n)
	plain := NewCLIP(G.NewGraph(), small, n, 1)
	dual := NewCLIP(G.NewGraph(), small, n, 1)
	want := train(t, plain, NewAdamW(), pixels, tokens, steps)
	got := train(t, dual, NewAdamW(), pixels, tokens, steps, G.BindDualValues(dual.Learnables()...))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("losses with dual values %v, without %v", got, want)
	}

	clip := NewCLIP(G.NewGraph(), small, n, 1)
	if _, err := G.Grad(clip.Loss, clip.Learnables()...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(clip.Loss.Graph(), G.BindDualValues(clip.Learnables()...))
	defer vm.Close()
	solver, first := G.NewAdamSolver(G.WithLearnRate(2e-3)), 0.0
	for step := range steps {
		if err := clip.SetBatch(pixels, tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if step == 0 {
			first = clip.Losses().Mean()
		}
		if err := solver.Step(G.NodesToValueGrads(clip.Learnables())); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	if last := clip.Losses().Mean(); !(last < 0.8*first) {
		t.Errorf("a stock solver goes from %v to %v", first, last)
	}
}

// Inference by package tower and the graph's forward pass agree to the rounding of float32.
func TestSameAsTower(t *testing.T) {
	const n = 5
	pixels, tokens := pairs(small, n)
	clip := NewCLIP(G.NewGraph(), small, n, 2)
	run(t, clip, pixels, tokens)
	image, text := clip.Features()
	for name, got := range map[string]*tensor.Tensor{"image": image, "text": text} {
		want := tensor.New(n, small.EmbedDim)
		if name == "image" {
			tower.EncodeImage(want, clip.Params(), small, pixels)
		} else {
			tower.EncodeText(want, clip.Params(), small, tokens)
		}
		for i := range n {
			var norm float64
			for _, x := range want.Row(i).Data {
				norm += float64(x) * float64(x)
			}
			for j, x := range want.Row(i).Data {
				if d := math.Abs(float64(got.Row(i).Data[j]) - float64(x)/math.Sqrt(norm)); d > 1e-6 {
					t.Fatalf("%s feature [%d, %d] differs by %.1e", name, i, j, d)
				}
			}
		}
	}
}

// Frozen parameters stay, and have no gradient nodes.
func TestFrozen(t *testing.T) {
	pixels, tokens := pairs(small, 4)
	params := tower.Init(small, 1)
	frozen := func(name string) bool { return len(name) > 7 && name[:7] == "visual." }
	clip, err := NewCLIPFrom(G.NewGraph(), small, 4, params, Options{Frozen: frozen})
	if err != nil {
		t.Fatal(err)
	}
	before, learned := params[tower.ConvWeight].Clone(), params[tower.TextProjection].Clone()
	train(t, clip, NewAdamW(), pixels, tokens, 2)
	if fmt.Sprint(params[tower.ConvWeight].Data) != fmt.Sprint(before.Data) {
		t.Error("a frozen parameter changed")
	}
	if params[tower.TextProjection].Data[0] == learned.Data[0] {
		t.Error("a parameter that is not frozen did not change")
	}
}

func TestErrors(t *testing.T) {
	pixels, tokens := pairs(small, 4)
	clip, err := NewCLIPFrom(G.NewGraph(), small, 4, tower.Init(small, 1), Options{TextLength: 3})
	if err != nil {
		t.Fatal(err)
	}
	few, fewer := pixels.Slice(0, 3), tokens.Slice(0, 3)
	for want, err := range map[string]error{
		"graph: images of shape [3 3 12 12], want (4, 3, 12, 12)": clip.SetBatch(few, tokens),
		"graph: tokens of shape [3 9], want (4, 3)":               clip.SetBatch(pixels, fewer),
		"graph: text 0 goes on to token 5, the graph ends at 3":   clip.SetBatch(pixels, tokens),
		"graph: visual.class_embedding has no gradient: G.Grad and a run come first": NewAdamW().
			Step(clip.Learnables(), 1),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	// A token outside the vocabulary stops the run with an error, not the process.
	clip = NewCLIP(G.NewGraph(), small, 4, 1)
	tokens.Data[0] = 999
	clip.SetBatch(pixels, tokens)
	vm := G.NewTapeMachine(clip.Loss.Graph())
	if err := vm.RunAll(); err == nil {
		t.Error("token 999 of 30 runs")
	}
}

// The paper's clamp: t stays within 0 and ln 100, whatever the gradient says.
func TestLogitScaleClamp(t *testing.T) {
	pixels, tokens := pairs(small, 4)
	for _, start := range []float32{0, MaxLogLogitScale} {
		clip := NewCLIP(G.NewGraph(), small, 4, 1)
		scale := numbers(clip.LogLogitScale.Value())
		scale[0] = start
		if train(t, clip, NewAdamW(), pixels, tokens, 5); scale[0] < 0 || scale[0] > MaxLogLogitScale {
			t.Errorf("from %v, t comes to %v", start, scale[0])
		}
	}
}
