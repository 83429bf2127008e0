package tower

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"cliplab/lab/tensor"
)

const (
	startLogitScale = 2.659260036932778 // ln(1/0.07), the paper, section 2.5
	startLayerScale = 1e-4              // open_clip's ViT-M-16-alt
)

// Start is how a parameter begins: normal with a standard deviation, uniform within ±bound, or
// one number. The rules are those of openai/CLIP's initialize_parameters; what it leaves alone,
// the vision blocks among that, starts as torch.nn.Linear and MultiheadAttention do.
type Start struct {
	kind  startKind
	value float64
}

type startKind int

const (
	constantKind startKind = iota
	normalKind
	uniformKind
)

func constant(x float64) Start    { return Start{constantKind, x} }
func normal(std float64) Start    { return Start{normalKind, std} }
func uniform(bound float64) Start { return Start{uniformKind, bound} }

func inverseRoot(n int) float64 { return 1 / math.Sqrt(float64(n)) }

// blockStarts are the starts of the weights of a block, and of the biases that are not zero.
type blockStarts struct {
	in, out, fc, fcBias, proj, projBias Start
}

func visionStarts(w, hidden int) blockStarts {
	lin := uniform(inverseRoot(w)) // torch: uniform within ±1/√inputs
	return blockStarts{
		in:  uniform(math.Sqrt(6 / float64(4*w))), // Xavier: √(6/(inputs + outputs))
		out: lin, fc: lin, fcBias: lin,
		proj: uniform(inverseRoot(hidden)), projBias: uniform(inverseRoot(hidden)),
	}
}

func textStarts(w, layers int) blockStarts {
	deep := inverseRoot(w) * inverseRoot(2*layers) // residual branches add up over 2·layers
	return blockStarts{
		in: normal(inverseRoot(w)), out: normal(deep),
		fc: normal(inverseRoot(2 * w)), fcBias: uniform(inverseRoot(w)),
		proj: normal(deep), projBias: uniform(inverseRoot(4 * w)),
	}
}

// Init makes the parameters of an untrained model. The same seed gives the same bits on every
// machine, and each parameter has a stream of its own: its start does not depend on the others.
func Init(c Config, seed uint64) map[string]*tensor.Tensor {
	params := map[string]*tensor.Tensor{}
	for _, p := range Params(c) {
		t := tensor.New(p.Shape...)
		name := fnv.New64a()
		name.Write([]byte(p.Name))
		p.Start.fill(t.Data, rand.New(rand.NewPCG(seed, name.Sum64())))
		params[p.Name] = t
	}
	return params
}

func (s Start) fill(x []float32, rng *rand.Rand) {
	for i := range x {
		switch s.kind {
		case constantKind:
			x[i] = float32(s.value)
		case normalKind:
			x[i] = float32(s.value * bell(rng))
		case uniformKind:
			x[i] = float32(s.value * (float64(rng.Uint32())*0x1p-31 - 1))
		}
	}
}

// bell is normally distributed, near enough: the sum of twelve uniform numbers minus 6 (Irwin
// and Hall), which ends at ±6. It takes integer sums alone, where logarithms and fused
// arithmetic differ in the last bit from machine to machine.
func bell(rng *rand.Rand) float64 {
	var sum uint64
	for range 6 {
		two := rng.Uint64()
		sum += two>>32 + two&math.MaxUint32
	}
	return float64(sum)*0x1p-32 - 6
}
