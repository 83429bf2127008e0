package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
	"cliplab/lab/ops"
	"cliplab/lab/ops/conform"
	"cliplab/lab/ops/plain"
)

// eachGPU runs a test on the software device and on the machine's GPU, there also with cuBLAS. The
// order of a software block's warps is drawn, and how many multiprocessors there are, on which the
// size of tiles depends: no result may.
func eachGPU(t *testing.T, f func(t *testing.T, g *GPU)) {
	t.Run("simulated", func(t *testing.T) {
		s := conform.Seed(t)
		o := sim.Options{Backwards: s&1 > 0, Processors: 1 + int(s&2)*20}
		machine := sim.New(o)
		g := simulated(t, machine)
		f(t, g)
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if left := machine.Left(); left != "" {
			t.Errorf("not given back: %s, %+v", left, o)
		}
	})
	t.Run("device", func(t *testing.T) {
		d, err := driver.Open()
		if err != nil {
			t.Skip(err)
		}
		for _, blas := range []bool{false, true} {
			g, err := open(d, 0)
			if err != nil {
				t.Fatal(err)
			}
			if blas {
				if err := g.UseBLAS(); err != nil {
					t.Log(err)
				}
			}
			t.Log("on", g.Name())
			f(t, g)
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func simulated(t *testing.T, machine *sim.Machine) *GPU {
	t.Helper()
	d, err := driver.New(machine)
	if err != nil {
		t.Fatal(err)
	}
	g, err := open(d, 0)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The GPU's engine passes the suite of the CPU's, in all precisions. Operands of tensor cores are
// rounded for the judge as well.
func TestConformance(t *testing.T) {
	s := conform.Seed(t)
	cases := conform.Cases(s, conform.Short)
	eachGPU(t, func(t *testing.T, g *GPU) {
		for _, p := range []Precision{F32, TF32, BF16} {
			r := conform.Rules{Round: rounding(p)}
			if p == TF32 && g.blas != nil {
				r.Tolerance = 5e-3 // cuBLAS cuts operands to 10 digits where our kernels round
			}
			conform.Run(t, []conform.Engine{g.Engine(p)}, cases, s, r)
		}
	})
}

// Products by cuBLAS, or its stand-in on a simulated device, pass as well: casts, the order of rows
// and columns, bias and residual behind them.
func TestConformanceByBLAS(t *testing.T) {
	s := conform.Seed(t)
	var cases []conform.Case
	for _, c := range conform.Cases(s, conform.Short) {
		if c.Products > 0 || strings.HasPrefix(c.Name, "ContrastiveLoss") {
			cases = append(cases, c)
		}
	}
	machine := sim.New(sim.Options{BLAS: true, BLASLt: s&1 > 0})
	g := simulated(t, machine)
	if err := g.UseBLAS(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Precision{F32, TF32, BF16} {
		conform.Run(t, []conform.Engine{g.Engine(p)}, cases, s, conform.Rules{Round: rounding(p)})
	}
	if err := g.Close(); err != nil || machine.Left() != "" {
		t.Errorf("%v; not given back: %s", err, machine.Left())
	}
}

// NaN and ±Inf in any place of any input come out where the plain loops in float32 have them. Not
// so by the Trainer's attention: there Σ p·dp is dy·out, which is infinite where the sum's terms
// are infinities of both signs, and NaN.
func TestSpecialValues(t *testing.T) {
	s := conform.Seed(t)
	cases := conform.Cases(s, conform.Short)
	eachGPU(t, func(t *testing.T, g *GPU) {
		conform.Specials(t, []conform.Engine{g.Engine(F32)}, cases, s, conform.Rules{})
	})
}

// rounding is what tensor cores do to an operand; nil where they do nothing.
func rounding(p Precision) func(x []float64) {
	switch p {
	case TF32:
		return func(x []float64) {
			for i, v := range x {
				b := math.Float32bits(float32(v))
				x[i] = float64(math.Float32frombits((b + 1<<12) &^ (1<<13 - 1)))
			}
		}
	case BF16:
		return func(x []float64) { plain.RoundBF16(x, x) }
	}
	return nil
}

// againCases are the Trainer's way through attention, which only a GPU has.
func againCases(heads []ops.Heads) []conform.Case {
	var all []conform.Case
	for _, h := range heads {
		x, p := h.Batch*h.Tokens*h.Width, h.Batch*h.Heads*h.Tokens*h.Tokens
		all = append(all, conform.Case{Name: fmt.Sprintf("AttentionAgain %+v", h),
			In: []int{3 * x, x}, Out: []int{x, 3 * x}, Products: 2,
			Run: func(e conform.Engine, in, out [][]float32) {
				e.(*Engine).AttentionAgain(out[0], out[1], in[1], in[0], h)
			},
			Judge: func(in, out [][]float64) {
				probs := make([]float64, p)
				plain.Attention(out[0], probs, in[0], h)
				plain.AttentionGrad(out[1], in[1], in[0], probs, h)
			}})
	}
	return all
}

// someHeads are those of real CLIPs, of rows that start anywhere, and some drawn at random.
func someHeads(rng *rand.Rand) []ops.Heads {
	all := []ops.Heads{{Batch: 2, Tokens: 5, Width: 6, Heads: 2},
		{Batch: 1, Tokens: 50, Width: 64, Heads: 1}, {Batch: 1, Tokens: 77, Width: 64, Heads: 1,
			Causal: true}, {Batch: 1, Tokens: 33, Width: 80, Heads: 1},
		{Batch: 1, Tokens: 130, Width: 21, Heads: 3, Causal: true}}
	for _, limit := range []int{32, 64, 128} {
		n := 1 + rng.IntN(2)
		all = append(all, ops.Heads{Batch: 1 + rng.IntN(2), Tokens: 1 + rng.IntN(100),
			Width: n * (limit/2 + 1 + rng.IntN(limit/2)), Heads: n, Causal: rng.IntN(2) > 0})
	}
	return all
}

// Attention without probabilities in memory, forward and backward: in fp32 as exact as with them,
// on tensor cores within the rounding of probabilities and their gradients to tf32 or bf16, and of
// results to bf16. Errors were a third of these at most, in forty runs.
func TestAttentionAgain(t *testing.T) {
	s := conform.Seed(t)
	cases := againCases(someHeads(rand.New(rand.NewPCG(s, 4))))
	eachGPU(t, func(t *testing.T, g *GPU) {
		for p, within := range map[Precision]float64{F32: 0, TF32: 2e-3, BF16: 2e-2} {
			conform.Run(t, []conform.Engine{g.Engine(p)}, cases, s, conform.Rules{Round: rounding(p),
				Tolerance: within})
		}
	})
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}
