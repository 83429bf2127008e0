package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/gorgonia/encoding/dot"

	"cliplab/lab/tensor"
)

// opCase is one op between stock Gorgonia nodes: inputs of some shapes, those before fixed have
// gradients.
type opCase struct {
	name   string
	shapes [][]int
	fixed  []*tensor.Tensor
	build  func(n G.Nodes) *G.Node
}

func cases() []opCase {
	tokens := tensor.From([]float32{3, 5, 9, 0, 9, 1, 1, 1}, 2, 4)
	images := noise(rand.New(rand.NewPCG(8, 8)), 2, 3, 4, 4)
	return []opCase{
		{"Linear", [][]int{{2, 3, 4}, {5, 4}, {5}}, nil,
			func(n G.Nodes) *G.Node { return Linear(n[0], n[1], n[2]) }},
		{"Linear without bias", [][]int{{3, 4}, {5, 4}}, nil,
			func(n G.Nodes) *G.Node { return Linear(n[0], n[1], nil) }},
		{"Project", [][]int{{3, 4}, {4, 5}}, nil,
			func(n G.Nodes) *G.Node { return Project(n[0], n[1]) }},
		{"Add", [][]int{{3, 4}, {3, 4}}, nil,
			func(n G.Nodes) *G.Node { return Add(n[0], n[1]) }},
		{"LayerNorm", [][]int{{2, 3, 4}, {4}, {4}}, nil,
			func(n G.Nodes) *G.Node { return LayerNorm(n[0], n[1], n[2]) }},
		{"Attention", [][]int{{2, 5, 12}}, nil,
			func(n G.Nodes) *G.Node { return Attention(n[0], 2, false) }},
		{"causal Attention", [][]int{{2, 5, 12}}, nil,
			func(n G.Nodes) *G.Node { return Attention(n[0], 1, true) }},
		{"QuickGELU", [][]int{{3, 4}}, nil, func(n G.Nodes) *G.Node { return QuickGELU(n[0]) }},
		{"GELU", [][]int{{3, 4}}, nil, func(n G.Nodes) *G.Node { return GELU(n[0]) }},
		{"Softmax", [][]int{{3, 4}}, nil, func(n G.Nodes) *G.Node { return Softmax(n[0]) }},
		{"Normalize", [][]int{{3, 4}}, nil, func(n G.Nodes) *G.Node { return Normalize(n[0]) }},
		{"Embedding", [][]int{{10, 3}, {6, 3}}, []*tensor.Tensor{tokens},
			func(n G.Nodes) *G.Node { return Embedding(n[2], n[0], n[1]) }},
		{"PatchEmbedding", [][]int{{5, 3, 2, 2}}, []*tensor.Tensor{images},
			func(n G.Nodes) *G.Node { return PatchEmbedding(n[1], n[0]) }},
		{"Sequence", [][]int{{2, 3, 4}, {4}, {4, 4}}, nil,
			func(n G.Nodes) *G.Node { return Sequence(n[0], n[1], n[2]) }},
		{"ClassToken", [][]int{{2, 3, 4}}, nil, func(n G.Nodes) *G.Node { return ClassToken(n[0]) }},
		{"EndOfText", [][]int{{2, 4, 3}}, []*tensor.Tensor{tokens},
			func(n G.Nodes) *G.Node { return EndOfText(n[0], n[1]) }},
		{"Logits", [][]int{{3, 4}, {3, 4}, {}}, nil,
			func(n G.Nodes) *G.Node { return Logits(n[0], n[1], n[2]) }},
		{"ContrastiveLoss", [][]int{{3, 4}, {3, 4}, {}}, nil,
			func(n G.Nodes) *G.Node { return ContrastiveLoss(n[0], n[1], n[2]) }},
		{"SigmoidLoss", [][]int{{4, 4}, {}}, nil,
			func(n G.Nodes) *G.Node { return SigmoidLoss(n[0], n[1]) }},
		{"Dot", [][]int{{2, 12}}, []*tensor.Tensor{noise(rand.New(rand.NewPCG(8, 9)), 2, 12)},
			func(n G.Nodes) *G.Node { return Dot(n[0], n[1]) }},
	}
}

// Every op's gradient by stock G.Grad is that of central differences of stock runs. They are in
// float32 with steps of 1/64: their own error is some 1e-3. (Package plain has the exact check.)
func TestOpGradients(t *testing.T) {
	for _, c := range append(cases(), resNetCases()...) {
		t.Run(c.name, func(t *testing.T) {
			rng, g := rand.New(rand.NewPCG(2, 2)), G.NewGraph()
			var inputs []*tensor.Tensor
			var learn, nodes G.Nodes
			for i, s := range c.shapes {
				inputs = append(inputs, noise(rng, s...))
				learn = append(learn, Input(g, string(rune('a'+i)), inputs[i]))
			}
			nodes = append(nodes, learn...)
			for i, x := range c.fixed {
				nodes = append(nodes, Input(g, fmt.Sprint("fixed", i), x))
			}
			loss, terms := weighted(g, c.build(nodes), rng)
			if _, err := G.Grad(loss, learn...); err != nil {
				t.Fatal(err)
			}
			vm := G.NewTapeMachine(g)
			defer vm.Close()
			value := func() float64 {
				vm.Reset()
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				sum := 0. // float32 would round more than some differences are
				for _, x := range numbers(terms.Value()) {
					sum += float64(x)
				}
				return sum
			}
			for k, n := range learn {
				value()
				v, err := n.Grad()
				if err != nil {
					t.Fatal(err)
				}
				got := append([]float32(nil), numbers(v)...)
				compareDifferences(t, n.Name(), got, inputs[k].Data, value)
			}
		})
	}
}

func compareDifferences(t *testing.T, name string, got, x []float32, value func() float64) {
	t.Helper()
	const step = 1.0 / 64
	for i, at := range x {
		between := func(h float32) float64 {
			x[i] = at + h
			up := value()
			x[i] = at - h
			return (up - value()) / float64(2*h)
		}
		want := (4*between(step) - between(2*step)) / 3 // right to the fourth order
		x[i] = at
		if d := math.Abs(float64(got[i]) - want); !(d < 3e-3*(1+math.Abs(want))) {
			t.Errorf("input %s[%d]: gradient %v, differences give %v", name, i, got[i], want)
		}
	}
}

// weighted makes a scalar of any node: the sum of its values, each with a weight, by stock ops.
// It gives the terms of the sum too.
func weighted(g *G.ExprGraph, n *G.Node, rng *rand.Rand) (sum, terms *G.Node) {
	if n.IsScalar() {
		return n, n
	}
	w := Input(g, "weights", noise(rng, n.Shape()...))
	terms = G.Must(G.HadamardProd(n, w))
	return G.Must(G.Sum(terms)), terms
}

func noise(rng *rand.Rand, shape ...int) *tensor.Tensor {
	x := tensor.New(shape...)
	for i := range x.Data {
		x.Data[i] = float32(rng.NormFloat64())
	}
	return x
}

// A node may be used several times: its gradient is the sum, also beside stock ops.
//
//	loss = Σ ((x + x) ⊙ x) = Σ 2x², so the gradient is 4x
func TestSharedInput(t *testing.T) {
	g := G.NewGraph()
	x := noise(rand.New(rand.NewPCG(4, 4)), 3, 4)
	n := Input(g, "x", x)
	loss := G.Must(G.Sum(G.Must(G.HadamardProd(Add(n, n), n))))
	grads, err := G.Grad(loss, n)
	if err != nil {
		t.Fatal(err)
	}
	vm := G.NewTapeMachine(g)
	defer vm.Close()
	for range 2 {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		for i, got := range numbers(grads[0].Value()) {
			if want := 4 * x.Data[i]; math.Abs(float64(got-want)) > 1e-5 {
				t.Errorf("gradient %v, want %v", got, want)
			}
		}
		vm.Reset()
	}
}

// Two ops of the same inputs stay two nodes.
func TestOpsDoNotMerge(t *testing.T) {
	g := G.NewGraph()
	n := Input(g, "x", noise(rand.New(rand.NewPCG(4, 4)), 3, 4))
	if a, b := QuickGELU(n), QuickGELU(n); a.ID() == b.ID() || a.Hashcode() == b.Hashcode() {
		t.Error("two ops became one node")
	}
}

// Watch sees every op by name, and the graph can be drawn.
func TestWatchAndDraw(t *testing.T) {
	var seen []string
	stop := Watch(func(name string, shape []int, out []float32) { seen = append(seen, name) })
	pixels, tokens := pairs(small, 3)
	clip := NewCLIP(G.NewGraph(), small, 3, 1)
	run(t, clip, pixels, tokens)
	stop()
	count := len(seen)
	run(t, NewCLIP(G.NewGraph(), small, 3, 1), pixels, tokens)
	all := strings.Join(seen, ",")
	for _, want := range []string{"Patches,Linear,Sequence,LayerNorm", "Attention dqkv", "Logits dt"} {
		if !strings.Contains(all, want) {
			t.Errorf("did not see %s in %s", want, all)
		}
	}
	if len(seen) != count {
		t.Error("still watching after stop")
	}
	drawing, err := dot.Marshal(clip.Loss.Graph())
	if err != nil || !strings.Contains(string(drawing), "CrossEntropy") {
		t.Errorf("drawing of %d bytes, %v", len(drawing), err)
	}
}

func TestMisusePanics(t *testing.T) {
	g, rng := G.NewGraph(), rand.New(rand.NewPCG(1, 1))
	x, w := Input(g, "x", noise(rng, 2, 3)), Input(g, "w", noise(rng, 4, 5))
	for want, f := range map[string]func() *G.Node{
		"graph: Linear: x of shape (2, 3) does not fit": func() *G.Node {
			return Linear(x, w, nil)
		},
		"graph: Attention: qkv of shape (2, 3) does not fit": func() *G.Node {
			return Attention(x, 1, true)
		},
		"graph: Logits: text features of shape (4, 5) does not fit": func() *G.Node {
			return Logits(x, w, x)
		},
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %v", got, want)
				}
			}()
			f()
		}()
	}
}
