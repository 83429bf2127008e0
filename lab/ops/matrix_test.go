package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"cliplab/lab/ops/plain"
)

func gaussians(n int, seed uint64) []float32 {
	rng, x := rand.New(rand.NewPCG(seed, 3)), make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func same(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// A row's result does not depend on the rows beside it, nor on the goroutines, nor on the engine.
func TestApplySameBitsForEveryBatch(t *testing.T) {
	defer Use(Current().Name())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const in, out, most = 300, 70, 130
	x, w, bias := gaussians(most*in, 1), gaussians(out*in, 2), gaussians(out, 3)
	for p := F32; p <= I8; p++ {
		m := Pack(w, out, in, p)
		var want []float32
		for _, e := range Engines() {
			if e.Name() == "plain" || e.Name() == "portable" {
				continue
			}
			Use(e.Name())
			for _, rows := range []int{most, 1, 2, 3, 5, 6, 7, 13, 14, 15, 29, 57, 112, 113} {
				for _, procs := range []int{1, 3} {
					runtime.GOMAXPROCS(procs)
					y := make([]float32, rows*out)
					m.Apply(y, x[:rows*in], bias, nil, rows, QuickGELUActivation)
					if want == nil {
						want = y
					}
					if !same(y, want[:len(y)]) {
						t.Errorf("%s, %v: %d rows on %d goroutines give other bits",
							e.Name(), p, rows, procs)
					}
				}
			}
		}
	}
}

// Both ways to pack give the same, dst may be the residual, and memory is what it should be.
func TestPackTransposed(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {64, 32}, {300, 70}, {33, 129}} {
		in, out := s[0], s[1]
		w, x, turned := gaussians(in*out, 1), gaussians(3*in, 2), make([]float32, in*out)
		for o := range out {
			for i := range in {
				turned[i*out+o] = w[o*in+i]
			}
		}
		for p := F32; p <= I8; p++ {
			a, b := Pack(w, out, in, p), PackTransposed(turned, in, out, p)
			y, z, rest := make([]float32, 3*out), make([]float32, 3*out), gaussians(3*out, 4)
			a.Apply(y, x, nil, rest, 3, Identity)
			copy(z, rest)
			b.Apply(z, x, nil, z, 3, Identity)
			if !same(y, z) {
				t.Errorf("%d×%d, %v: packed and packed transposed differ", out, in, p)
			}
			wide := ceil(out, 32) * 32
			most := []int{4 * wide * in, 2 * wide * (in + 1), wide * (in + 3 + 8)}[p]
			if a.Bytes() > most || a.Bytes() != b.Bytes() {
				t.Errorf("%d×%d, %v: %d and %d bytes, want at most %d", out, in, p, a.Bytes(),
					b.Bytes(), most)
			}
		}
	}
}

func TestApplyEmpty(t *testing.T) {
	for p := F32; p <= I8; p++ {
		Pack(nil, 0, 3, p).Apply(nil, make([]float32, 6), nil, nil, 2, Identity)
		Pack(make([]float32, 6), 2, 3, p).Apply(nil, nil, nil, nil, 0, Identity)
		y := make([]float32, 2)
		Pack(nil, 2, 0, p).Apply(y, nil, []float32{1, 2}, nil, 1, Identity)
		if y[0] != 1 || y[1] != 2 {
			t.Errorf("%v: no input and bias [1 2] give %v", p, y)
		}
	}
}

// The rounding of weights and inputs costs, in the size of the error to that of the result, what
// so many binary digits should: 2⁻⁹ a factor at most, and 1/√3 of it on the mean, for bfloat16;
// for int8, a step of 1/127 of the largest of 768 weights, which is some 3.2 times their size,
// and of 1/255 of the inputs' range, some 6.4 times their size: 3.2/127/√12 and 6.4/255/√12.
func TestRoundingError(t *testing.T) {
	const rows, in, out = 20, 768, 64
	x, w := gaussians(rows*in, 5), gaussians(in*out, 6)
	want, y := make([]float32, rows*out), make([]float32, rows*out)
	plain.Linear(want, x, w, nil, nil, rows, in, out)
	for p, bound := range map[Precision]float64{F32: 1e-6, BF16: 0.0025, I8: 0.0115} {
		Pack(w, out, in, p).Apply(y, x, nil, nil, rows, Identity)
		if e := distance(y, want); !(e < bound) {
			t.Errorf("%v: relative error %.2g, want below %.2g", p, e, bound)
		}
	}
}

func ExampleMatrix_Apply() {
	w := []float32{1, 0, 0, 1, 1, 1} // three outputs: x₀, x₁, x₀ + x₁
	m := Pack(w, 3, 2, F32)
	y := make([]float32, 3)
	m.Apply(y, []float32{1, -2}, []float32{10, 0, 0}, nil, 1, ReLUActivation)
	fmt.Println(y)
	// Output: [11 0 0]
}

// Int8 errs no more than where all inputs share one range, as in ONNX Runtime's dynamic
// quantisation, here with one scale for each output as well; and less where rows differ in size.
func TestInt8AgainstOneRange(t *testing.T) {
	const rows, in, out = 50, 768, 64
	w, y, want := gaussians(in*out, 1), make([]float32, rows*out), make([]float32, rows*out)
	for _, spread := range []float64{0, 1, 2} {
		x := gaussians(rows*in, 2)
		for i := range x {
			x[i] *= float32(math.Exp(spread * math.Sin(float64(i/in))))
		}
		plain.Linear(want, x, w, nil, nil, rows, in, out)
		Pack(w, out, in, I8).Apply(y, x, nil, nil, rows, Identity)
		ours := distance(y, want)
		rounded, weights := append([]float32(nil), x...), append([]float32(nil), w...)
		plain.RoundRow(rounded)
		for o := range out {
			plain.RoundWeights(weights[o*in : (o+1)*in])
		}
		plain.Linear(y, rounded, weights, nil, nil, rows, in, out)
		if theirs := distance(y, want); !(ours <= theirs) {
			t.Errorf("rows of sizes e^±%v: error %.4f, one range gives %.4f", spread, ours, theirs)
		}
	}
}

// distance is |a − b| / |b|.
func distance(a, b []float32) float64 {
	var errors, size float64
	for i := range a {
		errors += math.Pow(float64(a[i]-b[i]), 2)
		size += math.Pow(float64(b[i]), 2)
	}
	return math.Sqrt(errors / size)
}

// Goroutines that apply one matrix at once do not disturb each other.
func TestApplyTogether(t *testing.T) {
	const rows, in, out = 60, 130, 70
	x, w := gaussians(rows*in, 1), gaussians(in*out, 2)
	for p := F32; p <= I8; p++ {
		m := Pack(w, out, in, p)
		want := make([]float32, rows*out)
		m.Apply(want, x, nil, nil, rows, GELUActivation)
		var done sync.WaitGroup
		for range 4 {
			done.Go(func() {
				y := make([]float32, rows*out)
				for range 5 {
					m.Apply(y, x, nil, nil, rows, GELUActivation)
					if !same(y, want) {
						t.Errorf("%v: other bits while others apply", p)
					}
				}
			})
		}
		done.Wait()
	}
}
