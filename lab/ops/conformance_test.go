package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"cliplab/lab/ops/plain"
)

// opCase is one op with one shape: run computes out from in on an engine, judge the same in
// float64 by package plain. Both may also write scratch outputs, which are compared as well.
type opCase struct {
	name    string
	in, out []int // sizes
	run     func(e Engine, in, out [][]float32)
	judge   func(in, out [][]float64)
}

// tolerance is relative to 1 + the largest value of an output. Sums of up to 600 rounded terms
// err by about √600 · 6e-8 = 1.5e-6 of their terms' size, in the worst case by 3.6e-5.
const tolerance = 1e-5

// Every engine gives what the judge gives, writes nothing beside its output, and does not change
// its inputs.
func TestConformance(t *testing.T) {
	cases := opCases()
	want := make([][][]float64, len(cases))
	for i, c := range cases {
		want[i] = wide(c.guarded())
		c.judge(wide(c.random(1)), want[i])
	}
	for _, e := range Engines() {
		t.Run(e.Name(), func(t *testing.T) {
			for n, c := range cases {
				in, out := c.random(1), c.guarded()
				c.run(e, in, out)
				for i := range in {
					if !same(in[i], c.random(1)[i]) {
						t.Errorf("%s: input %d was written to", c.name, i)
					}
				}
				for i := range out {
					compare(t, fmt.Sprintf("%s, output %d", c.name, i), out[i], want[n][i])
				}
			}
		})
	}
}

// AVX2 and AVX-512, and any number of goroutines, give the same bits.
func TestSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first map[string][][]float32
	for _, e := range Engines() {
		if e.Name() == "plain" || e.Name() == "portable" {
			continue
		}
		for _, procs := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(procs)
			results := map[string][][]float32{}
			for _, c := range opCases() {
				out := c.guarded()
				c.run(e, c.random(1), out)
				results[c.name] = out
				if first == nil {
					continue
				}
				for i := range out {
					if !same(out[i], first[c.name][i]) {
						t.Errorf("%s: output %d differs on %s with %d goroutines", c.name, i,
							e.Name(), procs)
					}
				}
			}
			if first == nil {
				first = results
			}
		}
	}
}

// NaN and ±Inf in any place of any input come out where the judge has them.
func TestSpecialValues(t *testing.T) {
	specials := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	for n, c := range opCases() {
		for i := range c.in {
			if c.in[i] == 0 || len(c.in) > 1 && c.in[i] > 5000 {
				continue
			}
			in, want := c.random(1), c.guarded()
			in[i][(n*7)%c.in[i]] = float32(specials[n%3])
			c.run(Engines()[0], in, want)
			for _, e := range Engines()[1:] {
				out := c.guarded()
				c.run(e, in, out)
				for k := range out {
					classify(t, fmt.Sprintf("%s, input %d, output %d on %s", c.name, i, k, e.Name()),
						out[k], want[k])
				}
			}
		}
	}
}

func (c opCase) random(seed uint64) [][]float32 {
	rng := rand.New(rand.NewPCG(seed, 7))
	var all [][]float32
	for _, n := range c.in {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		all = append(all, x)
	}
	return all
}

const guards = 16
const guard = float32(1234.5)

// guarded are outputs that lie between guard cells, and hold garbage before they are written.
func (c opCase) guarded() [][]float32 {
	var all [][]float32
	for _, n := range c.out {
		x := make([]float32, n+2*guards)
		for i := range x {
			x[i] = guard
		}
		all = append(all, x[guards:guards+n])
	}
	return all
}

func wide(x [][]float32) [][]float64 {
	var all [][]float64
	for _, s := range x {
		y := make([]float64, len(s))
		for i, v := range s {
			y[i] = float64(v)
		}
		all = append(all, y)
	}
	return all
}

func compare(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	largest := 1.0
	for _, w := range want {
		largest = max(largest, 1+math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= tolerance*largest) {
			t.Errorf("%s: element %d is %v, want %v", name, i, got[i], w)
			break
		}
	}
	checkGuards(t, name, got)
}

func checkGuards(t *testing.T, name string, got []float32) {
	t.Helper()
	end := got[:len(got)+guards]
	for _, v := range end[len(got):] {
		if v != guard {
			t.Errorf("%s: wrote %v beyond the end", name, v)
			return
		}
	}
}

// classify wants NaN where the judge has NaN, a number where it has one, and Inf or, as infinite
// factors may meet in another order, NaN where it has Inf. Causal attention may spread NaN over
// its head: there 0 · NaN enters the sums, as in other libraries.
func classify(t *testing.T, name string, got, want []float32) {
	t.Helper()
	causal := strings.HasPrefix(name, "Attention") && strings.Contains(name, "true")
	for i := range got {
		g, w := float64(got[i]), float64(want[i])
		ok := math.IsNaN(g)
		if finite := !math.IsNaN(w) && !math.IsInf(w, 0); finite || !ok {
			ok = finite && !math.IsInf(g, 0) && !math.IsNaN(g) || math.IsInf(w, 0) && g == w ||
				causal && math.IsNaN(g)
		}
		if !ok {
			t.Errorf("%s: element %d is %v, the judge has %v", name, i, g, w)
			return
		}
	}
}

func same(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func opCases() []opCase {
	var all []opCase
	for _, s := range [][3]int{{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 1, 1}, {5, 7, 3}, {12, 32, 16},
		{13, 33, 17}, {24, 64, 300}, {65, 65, 64}, {70, 31, 600}, {130, 67, 9}, {7, 200, 257}} {
		all = append(all, gemmCases(s[0], s[1], s[2])...)
	}
	for _, s := range [][3]int{{1, 1, 1}, {2, 17, 33}, {5, 18, 32}, {13, 40, 64}, {30, 300, 35},
		{3, 1099, 32}, {120, 62, 70}} {
		all = append(all, applyCases(s[0], s[1], s[2])...)
	}
	for n := range 70 {
		all = append(all, elementCases(n)...)
	}
	for _, n := range []int{1000, 40007} {
		all = append(all, elementCases(n)...)
	}
	for _, s := range [][2]int{{1, 1}, {3, 5}, {2, 16}, {7, 17}, {5, 31}, {4, 192}, {300, 67}} {
		all = append(all, rowCases(s[0], s[1])...)
	}
	for _, h := range []Heads{heads(1, 1, 1, 1, false), heads(2, 5, 6, 2, false),
		heads(2, 13, 32, 2, true), heads(3, 65, 64, 1, false), heads(2, 24, 96, 3, true),
		heads(1, 33, 30, 3, true), heads(1, 77, 128, 2, true), heads(1, 50, 128, 2, false),
		heads(1, 290, 40, 1, false)} {
		all = append(all, attentionCases(h)...)
	}
	for _, s := range [][2]int{{1, 1}, {2, 3}, {5, 17}, {33, 20}, {70, 64}} {
		all = append(all, lossCases(s[0], s[1])...)
	}
	return append(all, tokenCases()...)
}

func gemmCases(m, n, k int) []opCase {
	var all []opCase
	for form := range 8 {
		ta, tb, add := form&1 > 0, form&2 > 0, form&4 > 0
		all = append(all, opCase{fmt.Sprintf("Gemm %d×%d×%d %v %v %v", m, n, k, ta, tb, add),
			[]int{m * k, k * n}, []int{m * n},
			func(e Engine, in, out [][]float32) {
				e.Gemm(out[0], in[0], in[1], m, n, k, ta, tb, add)
			},
			func(in, out [][]float64) { plain.Gemm(out[0], in[0], in[1], m, n, k, ta, tb, add) }})
	}
	for form := range 4 {
		pick := func(in [][]float32) (bias, residual []float32) {
			if form&1 > 0 {
				bias = in[2]
			}
			if form&2 > 0 {
				residual = in[3]
			}
			return
		}
		all = append(all, opCase{fmt.Sprintf("Linear %d×%d×%d %d", m, n, k, form),
			[]int{m * k, n * k, n, m * n}, []int{m * n},
			func(e Engine, in, out [][]float32) {
				bias, residual := pick(in)
				e.Linear(out[0], in[0], in[1], bias, residual, m, k, n)
			},
			func(in, out [][]float64) {
				var bias, residual []float64
				if form&1 > 0 {
					bias = in[2]
				}
				if form&2 > 0 {
					residual = in[3]
				}
				plain.Linear(out[0], in[0], in[1], bias, residual, m, k, n)
			}})
	}
	return all
}
