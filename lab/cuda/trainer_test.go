package cuda

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
	"cliplab/lab/graph"
	"cliplab/lab/ops"
	"cliplab/lab/ops/conform"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

func smallConfig() tower.Config {
	return tower.Config{ImageSize: 14, PatchSize: 4, VisionWidth: 24, VisionLayers: 2,
		VisionHeads: 2, ContextLength: 9, VocabSize: 29, TextWidth: 16, TextLayers: 2, TextHeads: 2,
		EmbedDim: 20}
}

// batchOf are pictures and texts that end at different places, with padding behind.
func batchOf(rng *rand.Rand, c tower.Config, n int) (images, tokens *tensor.Tensor) {
	images, tokens = tensor.New(n, 3, c.ImageSize, c.ImageSize), tensor.New(n, c.ContextLength)
	for i := range images.Data {
		images.Data[i] = float32(rng.NormFloat64())
	}
	for i := range n {
		row, end := tokens.Row(i).Data, 1+rng.IntN(6)
		row[0] = float32(c.VocabSize - 2)
		for j := 1; j < end; j++ {
			row[j] = float32(1 + rng.IntN(c.VocabSize-3))
		}
		row[end] = float32(c.VocabSize - 1)
	}
	return images, tokens
}

// judge trains by lab/graph: losses and gradients of each step, parameters at the end.
type judge struct {
	losses []ops.Losses
	norms  []float64
	grads  []map[string][]float32
	params map[string]*tensor.Tensor
	state  map[string]*tensor.Tensor
}

func train(t *testing.T, c tower.Config, o Options, batches [][2]*tensor.Tensor,
	rate float64) judge {
	t.Helper()
	params := start(c, o)
	g := G.NewGraph()
	length := o.TextLength
	clip, err := graph.NewCLIPFrom(g, c, batches[0][0].Shape[0], params,
		graph.Options{TextLength: length, Frozen: o.Frozen, Objective: objective(o)})
	if err != nil {
		t.Fatal(err)
	}
	nodes := clip.Learnables()
	if _, err := G.Grad(clip.Loss, nodes...); err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(g)
	opt := graph.NewAdamW()
	opt.RateOf = o.RateOf
	opt.MaxNorm, opt.WeightDecay, opt.Epsilon = o.MaxNorm, o.WeightDecay, o.Epsilon
	var j judge
	for _, b := range batches {
		if err := clip.SetBatch(b[0], b[1]); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		grads := map[string][]float32{}
		for _, n := range nodes {
			v, err := n.Grad()
			if err != nil {
				t.Fatal(err)
			}
			if s, ok := v.Data().(float32); ok {
				grads[n.Name()] = []float32{s}
			} else {
				grads[n.Name()] = append([]float32(nil), v.Data().([]float32)...)
			}
		}
		j.grads = append(j.grads, grads)
		loss := float64(graph.Tensor(clip.Loss).Data[0])
		j.losses = append(j.losses, ops.Losses{PerImage: loss, PerText: loss})
		if err := opt.Step(nodes, rate); err != nil {
			t.Fatal(err)
		}
		j.norms = append(j.norms, opt.GradNorm)
		vm.Reset()
	}
	j.params, j.state = clip.Params(), opt.State()
	return j
}

func objective(o Options) graph.Objective {
	if o.Sigmoid {
		return graph.Sigmoid
	}
	return graph.Contrastive
}

func start(c tower.Config, o Options) map[string]*tensor.Tensor {
	params := tower.Init(c, 3)
	if o.Sigmoid {
		params[graph.LogitBias] = tensor.From([]float32{-2})
	}
	return params
}

// Losses, gradients, norms and parameters of some steps are those of lab/graph: eagerly and as a
// captured graph, with the logits in one panel and in several, with frozen parameters, a short
// text, gradients that are shortened, both activations, rates that differ, and SigLIP's loss.
func TestTrainerAgainstGraph(t *testing.T) {
	slower := func(name string) float64 {
		if strings.Contains(name, "resblocks.0") {
			return 0.5
		}
		return 1
	}
	frozen := func(name string) bool { return strings.HasPrefix(name, "visual.") }
	for name, o := range map[string]Options{
		"graph":   {},
		"eager":   {NoGraph: true, MaxNorm: 0.5, WeightDecay: 0.2},
		"panels":  {PanelRows: 2, TextLength: 7, MaxNorm: 0.5},
		"frozen":  {Frozen: frozen, WeightDecay: 0.2},
		"sigmoid": {Sigmoid: true, PanelRows: 3, RateOf: slower, WeightDecay: 0.2},
	} {
		t.Run(name, func(t *testing.T) {
			// The gradient by a key's bias is zero but for rounding, which AdamW would divide by
			// its own size: a large ε keeps it small.
			o.NoBLAS, o.Epsilon = true, 1e-3
			c := smallConfig()
			c.ExactGELU = o.PanelRows > 0
			if c.ExactGELU {
				c.VisionMLP, c.TextMLP = 40, 50
			}
			rng := rand.New(rand.NewPCG(conform.Seed(t), 5))
			var batches [][2]*tensor.Tensor
			for range 3 {
				images, tokens := batchOf(rng, c, 5)
				batches = append(batches, [2]*tensor.Tensor{images, tokens})
			}
			const rate = 1e-3
			want := train(t, c, o, batches, rate)
			eachGPU(t, func(t *testing.T, g *GPU) {
				sameTraining(t, []*GPU{g}, c, o, batches, rate, want)
			})
		})
	}
}

func sameTraining(t *testing.T, gpus []*GPU, c tower.Config, o Options,
	batches [][2]*tensor.Tensor, rate float64, want judge) {
	t.Helper()
	trainer, err := newTrainer(gpus, c, batches[0][0].Shape[0], start(c, o), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range batches {
		r, err := trainer.Step(b[0], b[1], rate)
		if err != nil {
			t.Fatal(err)
		}
		// AdamW makes steps of one size of gradients of all sizes: what rounding leaves of the small
		// ones moves parameters, embeddings are small themselves, and the loss is as steep as the
		// gradient is long. So the first step is judged sharply, and the parameters after the last.
		within, lossWithin := 1e-5, 1e-5
		if i > 0 {
			within, lossWithin = 1e-3, 1e-5*(1+want.norms[i])
		}
		if math.Abs(r.Mean()-want.losses[i].Mean()) > lossWithin {
			t.Errorf("step %d: loss %v, want %v", i, r.Mean(), want.losses[i].Mean())
		}
		if math.Abs(r.GradNorm-want.norms[i]) > within*(1+want.norms[i]) {
			t.Errorf("step %d: gradient %v long, want %v", i, r.GradNorm, want.norms[i])
		}
		grads, err := trainer.Gradients()
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range want.grads[i] {
			what := fmt.Sprintf("step %d, gradient of %s", i, name)
			conform.Compare(t, what, grads[name].Data, wide(x), within)
		}
	}
	params, err := trainer.Params()
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range want.params {
		conform.Compare(t, name, params[name].Data, wide(x.Data), 1e-5)
	}
	state, err := trainer.State()
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range want.state {
		conform.Compare(t, name, state[name].Data, wide(x.Data), 2e-3) // squares double errors
	}
	if err := errors.Join(trainer.SetState(want.state), trainer.Close()); err != nil {
		t.Error(err)
	}
}

// tf32 and bf16 train as fp32 does, within their precision.
func TestTrainerPrecisions(t *testing.T) {
	c := smallConfig()
	c.VisionLayers, c.TextLayers = 1, 1
	rng := rand.New(rand.NewPCG(conform.Seed(t), 6))
	images, tokens := batchOf(rng, c, 6)
	eachGPU(t, func(t *testing.T, g *GPU) {
		var first []float64
		var exact map[string]*tensor.Tensor
		for _, p := range []Precision{F32, TF32, BF16} {
			trainer, err := g.NewTrainer(c, 6, tower.Init(c, 3), Options{Precision: p})
			if err != nil {
				t.Fatal(err)
			}
			var losses []float64
			for range 4 {
				r, err := trainer.Step(images, tokens, 2e-4) // small: a large one may overshoot at first
				if err != nil {
					t.Fatal(err)
				}
				if losses = append(losses, r.Mean()); len(losses) > 1 {
					continue
				}
				grads, err := trainer.Gradients()
				if err != nil {
					t.Fatal(err)
				}
				if exact == nil {
					exact = grads
				}
				within := map[Precision]float64{F32: 0, TF32: 0.05, BF16: 0.5}[p]
				nearGradients(t, p.String(), grads, exact, within)
			}
			if err := trainer.Close(); err != nil {
				t.Error(err)
			}
			if losses[3] >= losses[0] {
				t.Errorf("%s: losses %v do not fall", p, losses)
			}
			if first == nil {
				first = losses
			}
			within := map[Precision]float64{F32: 0, TF32: 0.01, BF16: 0.08}[p]
			for i := range losses {
				if math.Abs(losses[i]-first[i]) > within*(1+first[i]) {
					t.Errorf("%s: losses %v, fp32 has %v", p, losses, first)
				}
			}
		}
	})
}

// The Trainer's steps with products by cuBLAS's stand-in are those of lab/graph, and in bf16 those
// of own products in bf16: eagerly, captured and launched. Products that are rounded before they
// are finished, and sums in another order, move roundings to bf16 here and there: so parameters
// stay where they are, as AdamW would make steps of one size of all differences.
func TestTrainerByBLAS(t *testing.T) {
	c := smallConfig()
	c.VisionLayers, c.TextLayers = 1, 1
	rng := rand.New(rand.NewPCG(conform.Seed(t), 5))
	var batches [][2]*tensor.Tensor
	for range 3 {
		images, tokens := batchOf(rng, c, 4)
		batches = append(batches, [2]*tensor.Tensor{images, tokens})
	}
	o := Options{Epsilon: 1e-3, WeightDecay: 0.2}
	var losses [2][]float64
	var grads [2]map[string]*tensor.Tensor
	for i := range losses {
		machine := sim.New(sim.Options{BLAS: true, BLASLt: true})
		g := simulated(t, machine)
		if i == 1 {
			sameTraining(t, []*GPU{g}, c, o, batches, 1e-3, train(t, c, o, batches, 1e-3))
		}
		trainer, err := g.NewTrainer(c, 4, tower.Init(c, 3), Options{Precision: BF16, NoBLAS: i == 0})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			r, err := trainer.Step(b[0], b[1], 0)
			if err != nil {
				t.Fatal(err)
			}
			losses[i] = append(losses[i], r.Mean())
		}
		if grads[i], err = trainer.Gradients(); err != nil {
			t.Fatal(err)
		}
		if g.usesBLAS() != (i == 1) {
			t.Errorf("cuBLAS is in use: %v", g.usesBLAS())
		}
		if err := errors.Join(trainer.Close(), g.Close()); err != nil || machine.Left() != "" {
			t.Errorf("%v; not given back: %s", err, machine.Left())
		}
	}
	for i, want := range losses[0] {
		if math.Abs(losses[1][i]-want) > 0.02*(1+want) {
			t.Errorf("losses %v by cuBLAS, %v by own products", losses[1], losses[0])
		}
	}
	nearGradients(t, "cuBLAS", grads[1], grads[0], 0.2)
}

// nearGradients wants each gradient to be off by no more than a share of its length. What is wrong
// or left out is off by all of it; rounding was never off by a third of what callers give, though
// gradients by small embeddings, which are normed at once, are steep.
func nearGradients(t *testing.T, what string, got, want map[string]*tensor.Tensor, within float64) {
	t.Helper()
	for name, w := range want {
		var off, size float64
		for i, x := range w.Data {
			size += float64(x) * float64(x)
			d := float64(got[name].Data[i] - x)
			off += d * d
		}
		if off, size = math.Sqrt(off), math.Sqrt(size); off > within*size+1e-3*within {
			t.Errorf("%s: gradient of %s is off by %v, it is %v long", what, name, off, size)
		}
	}
}

// A gradient that is not finite changes nothing, and the trainer goes on.
func TestTrainerNotFinite(t *testing.T) {
	c := smallConfig()
	images, tokens := batchOf(rand.New(rand.NewPCG(1, 7)), c, 3)
	machine := sim.New(sim.Options{})
	g := simulated(t, machine)
	trainer, err := g.NewTrainer(c, 3, tower.Init(c, 3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	bad := images.Clone()
	bad.Data[5] = float32(math.NaN())
	if _, err := trainer.Step(bad, tokens, 1e-3); err == nil ||
		!strings.Contains(err.Error(), "not finite after 0 steps") {
		t.Errorf("a picture of NaN gives %v", err)
	}
	params, err := trainer.Params()
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range tower.Init(c, 3) {
		if !conform.Same(params[name].Data, x.Data) {
			t.Errorf("%s has changed", name)
		}
	}
	if _, err := trainer.Step(images, tokens, 1e-3); err != nil {
		t.Error(err)
	}
	for _, b := range []*tensor.Tensor{nil, tensor.New(3, 2)} {
		if _, err := trainer.Step(images, b, 1e-3); err == nil {
			t.Error("tokens of a wrong shape are taken")
		}
	}
	if err := errors.Join(trainer.Close(), g.Close()); err != nil || machine.Left() != "" {
		t.Errorf("%v; not given back: %s", err, machine.Left())
	}
}

// Without enough memory there is an error with the numbers, nothing leaks, and the device goes on.
func TestTrainerOutOfMemory(t *testing.T) {
	machine := sim.New(sim.Options{Memory: 1 << 20})
	g := simulated(t, machine)
	c := smallConfig()
	var short *driver.MemoryError
	_, err := g.NewTrainer(c, 100, tower.Init(c, 3), Options{})
	if !errors.As(err, &short) || short.Needed <= short.Free || short.Total != 1<<20 {
		t.Fatalf("got %v", err)
	}
	t.Log(err)
	trainer, err := g.NewTrainer(c, 2, tower.Init(c, 3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images, tokens := batchOf(rand.New(rand.NewPCG(1, 7)), c, 2)
	if _, err := trainer.Step(images, tokens, 1e-3); err != nil {
		t.Error(err)
	}
	if err := errors.Join(trainer.Close(), g.Close()); err != nil || machine.Left() != "" {
		t.Errorf("%v; not given back: %s", err, machine.Left())
	}
}
