package ops

import (
	"fmt"
	"os"
	"strings"

	"cliplab/lab/ops/plain"
	"cliplab/lab/ops/simd"
)

// Heads is the shape of a multi-head attention: Batch, Tokens, Width (of all heads together),
// Heads, and Causal when a token sees only itself and those before it.
type Heads = plain.Heads

// Losses are the two halves of the contrastive loss, PerImage and PerText, in nats.
type Losses = plain.Losses

// AdamW holds the settings of one step of AdamW: learning rate, β₁, β₂, ε, weight decay, a factor
// for the gradient, and the number of the step from 1.
type AdamW = plain.AdamW

// Precision is how a packed matrix keeps its weights, and what its inputs are rounded to.
type Precision = plain.Precision

// F32 is exact; BF16 rounds weights and inputs to bfloat16 and sums in float32; I8 keeps weights
// as int8 with a scale for each output and rounds each row of inputs to 8 bits on the way.
const (
	F32  = plain.F32
	BF16 = plain.BF16
	I8   = plain.I8
)

// Activation is what a layer does to each of its outputs.
type Activation = plain.Activation

// Identity leaves outputs as they are; the others are the ops of their names.
const (
	Identity            = plain.Identity
	QuickGELUActivation = plain.QuickGELUActivation
	GELUActivation      = plain.GELUActivation
	ReLUActivation      = plain.ReLUActivation
)

// Engine is a place where ops run. The functions of this package of the same names say what each
// method computes; sizes were checked there.
type Engine interface {
	Name() string
	Gemm(dst, a, b []float32, m, n, k int, transA, transB, add bool)
	Linear(dst, x, w, bias, residual []float32, rows, in, out int)
	Apply(m *Matrix, dst, x, bias, residual []float32, rows int, act Activation)
	ColumnSums(dst, x []float32, rows, columns int)
	Add(dst, a, b []float32)
	SumSquares(x []float32) float64
	LayerNorm(dst, stats, x, gamma, beta []float32, rows, width int)
	LayerNormGrad(dx, dy, x, gamma, stats, skip []float32, rows, width int)
	LayerNormParamGrad(dgamma, dbeta, dy, x, stats []float32, rows, width int)
	Normalize(dst, norms, x []float32, rows, width int)
	NormalizeGrad(dx, dy, y, norms []float32, rows, width int)
	QuickGELU(dst, x []float32)
	QuickGELUGrad(dx, dy, x []float32)
	GELU(dst, x []float32)
	GELUGrad(dx, dy, x []float32)
	Softmax(dst, x []float32, alpha float32, rows, columns int)
	SoftmaxGrad(dx, dy, p []float32, alpha float32, rows, columns int)
	Attention(dst, probs, qkv []float32, h Heads)
	AttentionProducts(dst, qkv []float32, h Heads)
	AttentionGrad(dqkv, dy, qkv, probs []float32, h Heads)
	Embedding(dst []float32, ids []int, table, positions []float32, tokens, width int)
	EmbeddingGrad(dtable, dy []float32, ids []int, width int)
	Patches(dst, images []float32, batch, size, patch int)
	PatchesGrad(dimages, dy []float32, batch, size, patch int)
	Sequence(dst, patches, class, positions []float32, batch, count, width int)
	SequenceGrad(dpatches, dy []float32, batch, count, width int)
	Logits(logits, image, text []float32, t float32, n, d int)
	LogitsGrad(dimage, dtext, dlogits, logits, image, text []float32, t float32, n, d int) float32
	CrossEntropy(dlogits, logits []float32, n int) Losses
	Scale(dst, x []float32, alpha float32)
	AdamW(w, m, v, g []float32, a AdamW)
}

var (
	engines = allEngines()
	engine  = choose(os.Getenv("CLIPLAB_OPS"))
)

// Engines are those that this machine can run, the judge first, the fastest last.
func Engines() []Engine { return append([]Engine{}, engines...) }

// Current is the engine in use.
func Current() Engine { return engine }

// Use makes the named engine run all ops from now on: "plain", "portable", "avx2" …, or "" for
// the fastest. Not while ops run.
func Use(name string) error {
	e, err := find(name)
	if err == nil {
		engine = e
	}
	return err
}

func allEngines() []Engine {
	all := []Engine{plainEngine{}}
	for _, set := range simd.Sets() {
		all = append(all, &blocked{Set: set})
	}
	return all
}

func find(name string) (Engine, error) {
	if name == "" {
		return engines[len(engines)-1], nil
	}
	var names []string
	for _, e := range engines {
		if e.Name() == name {
			return e, nil
		}
		names = append(names, e.Name())
	}
	return nil, fmt.Errorf("ops: no engine %q on this machine, which has %s", name,
		strings.Join(names, ", "))
}

// choose panics on a wrong name: a forced engine must not be another in silence.
func choose(name string) Engine {
	e, err := find(name)
	if err != nil {
		panic(fmt.Sprintf("%v (environment variable CLIPLAB_OPS)", err))
	}
	return e
}
