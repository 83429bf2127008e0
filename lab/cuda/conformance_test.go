package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
)

// kase is one op with one shape: run computes out from in on the device, judge the same in
// float64 by package plain. Outputs start as copies of in's last arrays where start says so.
type kase struct {
	name    string
	in, out []int // sizes
	run     func(e *Engine, in, out [][]float32)
	judge   func(in, out [][]float64)
	round   func(in [][]float64, p Precision) // of a product: its operands
}

// tolerance is relative to 1 + the largest value of an output. Operands of tensor cores are
// rounded for the judge as well, so that what is left is the rounding of sums in float32.
const tolerance = 2e-5

// seed makes every run see other shapes and numbers; a failure prints it, and CLIPLAB_SEED
// repeats it.
func seed(t *testing.T) uint64 {
	s := uint64(time.Now().UnixNano())
	if text := os.Getenv("CLIPLAB_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s = n
	}
	t.Logf("CLIPLAB_SEED=%d", s)
	return s
}

// eachGPU runs a test on the software device and on the machine's GPU, there also with cuBLAS. The
// order of a software block's warps is drawn, and how many multiprocessors there are, on which the
// size of tiles depends: no result may.
func eachGPU(t *testing.T, f func(t *testing.T, g *GPU)) {
	t.Run("simulated", func(t *testing.T) {
		s := seed(t)
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

// Every op gives what the judge gives, writes nothing beside its outputs (Engine looks at guard
// cells) and does not change its inputs.
func TestConformance(t *testing.T) {
	s := seed(t)
	eachGPU(t, func(t *testing.T, g *GPU) {
		for _, p := range []Precision{F32, TF32, BF16} {
			e := g.Engine(p)
			for i, k := range kases(rand.New(rand.NewPCG(s, 1))) {
				if p == F32 || k.round != nil {
					k.check(t, e, rand.New(rand.NewPCG(s, uint64(i))))
				}
			}
		}
	})
}

func (k kase) check(t *testing.T, e *Engine, rng *rand.Rand) {
	t.Helper()
	name := fmt.Sprintf("%s, %s", k.name, e.precision)
	in, in64 := randoms(rng, k.in)
	kept, _ := randoms(rng, k.out) // ops that add start from something
	want := make([][]float64, len(kept))
	for i, x := range kept {
		want[i] = wide(x)
	}
	before := make([][]float32, len(in))
	for i, x := range in {
		before[i] = append([]float32(nil), x...)
	}
	if k.round != nil {
		k.round(in64, e.precision)
	}
	k.judge(in64, want)
	k.run(e, in, kept)
	for i := range in {
		for j := range in[i] {
			if math.Float32bits(in[i][j]) != math.Float32bits(before[i][j]) {
				t.Fatalf("%s: input %d was written to", name, i)
			}
		}
	}
	for i := range want {
		within := tolerance
		if k.round != nil && e.precision == TF32 && e.gpu.blas != nil {
			within = 5e-3 // cuBLAS cuts operands to 10 digits where our kernels round
		}
		compare(t, fmt.Sprintf("%s, output %d", name, i), kept[i], want[i], within)
	}
}

func randoms(rng *rand.Rand, sizes []int) ([][]float32, [][]float64) {
	var all [][]float32
	var all64 [][]float64
	for _, n := range sizes {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		all, all64 = append(all, x), append(all64, wide(x))
	}
	return all, all64
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func compare(t *testing.T, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	largest := 1.0
	for _, w := range want {
		largest = max(largest, 1+math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= tolerance*largest) {
			t.Errorf("%s: element %d is %v, want %v", name, i, got[i], w)
			return
		}
	}
}
