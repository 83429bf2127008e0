package conform

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"
)

// Case is one op with one shape.
type Case struct {
	Name    string
	In, Out []int // numbers in each array

	// Products is how many of the first inputs are operands of products, which an engine may round
	// (Rules.Round), and of nothing else.
	Products int

	// Run computes out from in on an engine, Judge the same in float64. Outputs start as random
	// numbers, the same for both: some ops add to them.
	Run   func(e Engine, in, out [][]float32)
	Judge func(in, out [][]float64)
}

// Rules are how an engine is judged.
type Rules struct {
	// Tolerance is relative to 1 + the largest number of an output; 0 is 2e-5. Sums of a thousand
	// rounded terms err by about √1000 · 6e-8 = 2e-6 of their terms' size.
	Tolerance float64

	// Round rounds operands of products for the judge as the engine does, so that what is left is
	// the rounding of sums. Only cases with products are run then.
	Round func(operand []float64)

	// Spreads says that causal attention may spread NaN over its head: there 0 · NaN enters the
	// sums, as in other libraries.
	Spreads bool
}

// Seed draws the seed of a run, so that each sees other shapes and numbers, and prints it;
// the environment variable CLIPLAB_SEED repeats one.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("CLIPLAB_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("conform: CLIPLAB_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("CLIPLAB_SEED=%d", seed)
	return seed
}

// Run wants every engine to give what the judge gives, to write nothing beside its outputs, and to
// leave its inputs as they are.
func Run(t testing.TB, engines []Engine, cases []Case, seed uint64, r Rules) {
	t.Helper()
	for i, c := range cases {
		if r.Round != nil && c.Products == 0 {
			continue
		}
		in, out := c.arrays(seed, i)
		in64, want := wide(in.x), wide(out.x)
		if r.Round != nil {
			for _, x := range in64[:c.Products] {
				r.Round(x)
			}
		}
		c.Judge(in64, want)
		for _, e := range engines {
			x, y := c.arrays(seed, i)
			c.Run(e, x.x, y.x)
			name := fmt.Sprintf("%s on %s", c.Name, e.Name())
			for k := range x.x {
				if !Same(x.cells[k], in.cells[k]) {
					t.Errorf("%s: input %d was written to", name, k)
				}
			}
			for k := range y.x {
				Compare(t, fmt.Sprintf("%s, output %d", name, k), y.x[k], want[k], r.Tolerance)
				if at, ok := y.intact(k); !ok {
					t.Errorf("%s: wrote beside output %d, at %d of %d", name, k, at, len(y.x[k]))
				}
			}
		}
	}
}

// Results are the outputs of case i, for who compares bits.
func (c Case) Results(e Engine, seed uint64, i int) [][]float32 {
	in, out := c.arrays(seed, i)
	c.Run(e, in.x, out.x)
	return out.x
}

// Compare wants numbers to be within a tolerance of those wanted; 0 is that of Rules.
func Compare(t testing.TB, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if tolerance == 0 {
		tolerance = 2e-5
	}
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

// Same tells whether two arrays have the same bits.
func Same(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}
