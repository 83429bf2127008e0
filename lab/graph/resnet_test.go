package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

var smallResNet = Config{ImageSize: 64, VisionWidth: 2, VisionHeads: 4,
	VisionStages: [4]int{1, 2, 1, 1}, ContextLength: 9, VocabSize: 30, TextWidth: 12,
	TextLayers: 1, TextHeads: 2, EmbedDim: 7}

// noisyResNet are parameters without zeros and ones, which would hide wrong gradients.
func noisyResNet(c Config, seed uint64) map[string]*tensor.Tensor {
	params, rng := tower.Init(c, seed), rand.New(rand.NewPCG(seed, 1))
	for _, p := range tower.Params(c) {
		for i := range params[p.Name].Data {
			x := &params[p.Name].Data[i]
			if *x += float32(0.1 * rng.NormFloat64()); strings.HasSuffix(p.Name, ".running_var") {
				*x = 0.5 + rng.Float32()
			}
		}
	}
	return params
}

// resNetCases are the ops of a ResNet. Where ReLUs are, shifts of ±5 and ±12 keep all numbers away
// from their kink, which differences must not cross.
func resNetCases() []opCase {
	rng := rand.New(rand.NewPCG(9, 9))
	images := noise(rng, 2, 3, 4, 4)
	shift := tensor.From([]float32{5, -5, 5}, 3)
	wide := tensor.New(12)
	for i := range wide.Data {
		wide.Data[i] = float32(12 - 24*(i%3%2))
	}
	mean, variance := noise(rng, 12), tensor.New(12)
	for i := range variance.Data {
		variance.Data[i] = 0.5 + rng.Float32()
	}
	list := []opCase{
		{"stem Convolution", [][]int{{2, 3, 3, 3}}, []*tensor.Tensor{images},
			func(n G.Nodes) *G.Node { return Convolution(Cells(n[1]), n[0], 2) }},
		{"Convolution", [][]int{{2, 3, 3, 2}, {4, 2, 3, 3}}, nil,
			func(n G.Nodes) *G.Node { return Convolution(n[0], n[1], 1) }},
		{"Convolution 1×1", [][]int{{2, 3, 3, 2}, {4, 2, 1, 1}}, nil,
			func(n G.Nodes) *G.Node { return pointwise(n[0], n[1], nil) }},
		{"AverageFour", [][]int{{2, 4, 4, 3}}, nil,
			func(n G.Nodes) *G.Node { return AverageFour(n[0]) }},
		{"BatchNorm", [][]int{{3, 3, 3, 2}, {2}, {2}}, nil,
			func(n G.Nodes) *G.Node { return BatchNorm(n[0], n[1], n[2]) }},
		{"BatchNorm with ReLU", [][]int{{3, 3, 3, 3}, {3}, {3}}, []*tensor.Tensor{shift},
			func(n G.Nodes) *G.Node {
				return newBatchNorm(n[0], n[1], Add(n[2], n[3]), nil, nil).apply(true)
			}},
		{"BatchNorm with running statistics", [][]int{{2, 2, 2, 12}, {12}, {12}},
			[]*tensor.Tensor{wide, mean, variance}, func(n G.Nodes) *G.Node {
				return newBatchNorm(n[0], n[1], Add(n[2], n[3]), n[4], n[5]).apply(true)
			}},
		{"MeanFirst", [][]int{{2, 2, 2, 3}, {5, 3}}, nil,
			func(n G.Nodes) *G.Node { return MeanFirst(n[0], n[1]) }},
		{"AttentionPool", [][]int{{2, 5, 6}, {6, 6}, {6}, {6, 6}, {6}, {6, 6}, {6}}, nil,
			func(n G.Nodes) *G.Node {
				return AttentionPool(n[0], [3]*G.Node{n[1], n[3], n[5]}, [3]*G.Node{n[2], n[4], n[6]}, 2)
			}},
		{"bottleneck", [][]int{{2, 4, 4, 12}, {3, 12, 1, 1}, {3}, {3}, {12, 3, 1, 1}, {12}, {12}},
			[]*tensor.Tensor{wide}, func(n G.Nodes) *G.Node {
				skip := new(fork)
				y := BatchNorm(pointwise(n[0], n[1], skip), n[2], n[3])
				last := newBatchNorm(pointwise(y, n[4], nil), n[5], Add(n[6], n[7]), nil, nil)
				return join(last, newAround(n[0], nil, 1, nil), skip)
			}},
	}
	for _, stride := range []int{1, 2} {
		list = append(list, opCase{fmt.Sprintf("bottleneck with downsample, stride %d", stride),
			[][]int{{3, 4, 4, 4}, {3, 4, 1, 1}, {3}, {3}, {12, 3, 1, 1}, {12}, {12}, {12, 4, 1, 1},
				{12}, {12}}, []*tensor.Tensor{wide}, func(n G.Nodes) *G.Node {
				skip := new(fork)
				y := BatchNorm(pointwise(n[0], n[1], skip), n[2], n[3])
				if stride > 1 {
					y = AverageFour(y)
				}
				last := newBatchNorm(pointwise(y, n[4], nil), n[5], Add(n[6], n[10]), nil, nil)
				return join(last, newAround(n[0], n[7], stride, func(x *G.Node) *batchNorm {
					return newBatchNorm(x, n[8], n[9], nil, nil)
				}), skip)
			}})
	}
	return list
}

// resNetRun is one pass of a graph's forward and backward: its features and gradients by name.
func resNetRun(t *testing.T, params map[string]*tensor.Tensor, o Options) map[string][]float32 {
	t.Helper()
	const n = 3
	pixels, tokens := pairs(smallResNet, n)
	clip, err := NewCLIPFrom(G.NewGraph(), smallResNet, n, params, o)
	if err != nil {
		t.Fatal(err)
	}
	run(t, clip, pixels, tokens)
	all := map[string][]float32{"features": slices.Clone(numbers(clip.ImageFeatures.Value()))}
	for _, node := range clip.Learnables() {
		v, err := node.Grad()
		if err != nil {
			t.Fatal(err)
		}
		all[node.Name()] = slices.Clone(numbers(v))
	}
	return all
}

// Every parameter that is learned has a gradient, running statistics have none, and a second run
// and any number of goroutines give the same bits.
func TestResNetRepeats(t *testing.T) {
	params := noisyResNet(smallResNet, 3)
	for _, running := range []bool{false, true} {
		first := resNetRun(t, params, Options{RunningStatistics: running})
		for _, p := range tower.Params(smallResNet) {
			if g := first[p.Name]; (g == nil) != p.Buffer {
				t.Errorf("%s has %d gradients", p.Name, len(g))
			} else if !p.Buffer && !slices.ContainsFunc(g, func(x float32) bool { return x != 0 }) {
				t.Errorf("the gradient of %s is zero", p.Name)
			}
		}
		before := runtime.GOMAXPROCS(0)
		for _, threads := range []int{before, 1, 2, 5} {
			runtime.GOMAXPROCS(threads)
			again := resNetRun(t, params, Options{RunningStatistics: running})
			runtime.GOMAXPROCS(before)
			for name, want := range first {
				if !slices.Equal(again[name], want) {
					t.Errorf("%d threads: %s differs", threads, name)
				}
			}
		}
	}
}

// With running statistics the graph's features are those of package tower.
func TestResNetSameAsTower(t *testing.T) {
	params := noisyResNet(smallResNet, 4)
	got := resNetRun(t, params, Options{RunningStatistics: true})["features"]
	pixels, _ := pairs(smallResNet, 3)
	want := tensor.New(3, smallResNet.EmbedDim)
	tower.EncodeImage(want, params, smallResNet, pixels)
	for i := range 3 {
		var norm float64
		for _, x := range want.Row(i).Data {
			norm += float64(x) * float64(x)
		}
		for j, x := range want.Row(i).Data {
			d := float64(got[i*smallResNet.EmbedDim+j]) - float64(x)/math.Sqrt(norm)
			if !(math.Abs(d) < 2e-6) {
				t.Errorf("feature [%d, %d] differs by %.1e", i, j, d)
			}
		}
	}
}

// Whatever is frozen, the others' gradients stay to the bit, also where a way around has to carry
// a gradient through frozen layers.
func TestResNetFrozen(t *testing.T) {
	params := noisyResNet(smallResNet, 5)
	want := resNetRun(t, params, Options{RunningStatistics: true})
	for _, part := range []string{"visual.layer1.0.downsample", "downsample", "visual.layer2.0.",
		"visual.layer2.1.", "visual.conv1", "visual.conv", "visual.bn", "visual.layer1", "visual.layer",
		"conv3", "bn", "visual.attnpool.", "k_proj", "visual.attnpool.positional_embedding",
		"visual.layer1.0.conv", "weight", "bias"} {
		got := resNetRun(t, params, Options{RunningStatistics: true,
			Frozen: func(name string) bool { return strings.Contains(name, part) }})
		for name := range want {
			if frozen := name != "features" && strings.Contains(name, part); frozen != (got[name] == nil) {
				t.Errorf("%s frozen: gradient of %s is there: %v", part, name, !frozen)
			} else if !frozen && !slices.Equal(got[name], want[name]) {
				t.Errorf("%s frozen: %s differs", part, name)
			}
		}
	}
}

// A Machine runs a ResNet without the tape, shares its memory, and learns by heart to the same
// losses; running statistics move, a tenth of the way, when they are told to.
func TestResNetTrains(t *testing.T) {
	const n, steps = 6, 40
	pixels, tokens := pairs(smallResNet, n)
	fresh := func() *CLIP { return NewCLIP(G.NewGraph(), smallResNet, n, 1) }
	want := train(t, fresh(), NewAdamW(), pixels, tokens, steps)
	if want[0] < 1 || want[steps-1] > 0.3*want[0] {
		t.Errorf("loss goes from %v to %v", want[0], want[steps-1])
	}
	clip, opt := fresh(), NewAdamW()
	grads, err := G.Grad(clip.Loss, clip.Learnables()...)
	if err != nil {
		t.Fatal(err)
	}
	vm := NewMachine(clip.Loss.Graph(), append(clip.Outputs(), grads...)...)
	defer vm.Close()
	for step := range steps {
		if err := clip.SetBatch(pixels, tokens); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got := clip.Losses().Mean(); got != want[step] {
			t.Fatalf("step %d: loss %v, by tape %v", step, got, want[step])
		}
		if err := opt.Step(clip.Learnables(), 2e-3); err != nil {
			t.Fatal(err)
		}
	}
	if vm.stock || vm.order == nil {
		t.Error("the tape machine ran every time: other ops are in the graph")
	}
	mean := clip.Params()["visual.bn1.running_mean"]
	if slices.ContainsFunc(mean.Data, func(x float32) bool { return x != 0 }) {
		t.Errorf("running statistics moved by themselves: %v", mean.Data)
	}
	if !clip.BatchStatistics() {
		t.Error("features do not depend on the batch")
	}
	clip.UpdateStatistics()
	first := mean.Data[0]
	clip.UpdateStatistics()
	if d := mean.Data[0]/first - 1.9; first == 0 || math.Abs(float64(d)) > 1e-5 {
		t.Errorf("a running mean moves to %v and %v", first, mean.Data[0])
	}
}

func TestResNetRefusals(t *testing.T) {
	c := smallResNet
	c.ImageSize = 32
	_, err := NewCLIPFrom(G.NewGraph(), c, 1, tower.Init(c, 1), Options{})
	if err == nil || !strings.Contains(err.Error(), "batch of 1") {
		t.Errorf("one cell for statistics: %v", err)
	}
	if _, err := NewCLIPFrom(G.NewGraph(), c, 1, tower.Init(c, 1),
		Options{RunningStatistics: true}); err != nil {
		t.Error(err)
	}
}
