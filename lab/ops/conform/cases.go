package conform

import (
	"fmt"
	"math/rand/v2"

	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// Size is how many shapes there are.
type Size int

// Short is for engines that take long, as a simulated GPU: edges, and shapes drawn at random.
// Full has more of both, and every length from 0 to 1000.
const (
	Short Size = iota
	Full
)

// Cases are all ops of an Engine, forward and backward.
func Cases(seed uint64, size Size) []Case {
	s := shapes{rand.New(rand.NewPCG(seed, 0)), size}
	var all []Case
	for _, m := range s.products() {
		all = append(all, gemmCases(m[0], m[1], m[2])...)
		all = append(all, linearCases(m[0], m[1], m[2])...)
	}
	for _, n := range s.lengths() {
		all = append(all, elementCases(n)...)
	}
	for _, m := range s.rows() {
		all = append(all, rowCases(m[0], m[1])...)
	}
	for _, h := range s.heads() {
		all = append(all, attentionCases(h)...)
	}
	for _, m := range s.pairs() {
		all = append(all, lossCases(m[0], m[1])...)
	}
	for _, n := range s.logits() {
		all = append(all, sigmoidCase(n))
	}
	return append(all, tokenCases(s.rng)...)
}

// shapes are fixed ones, where tiles and vectors end, and some drawn at random.
type shapes struct {
	rng  *rand.Rand
	size Size
}

func (s shapes) upTo(n int) int { return 1 + s.rng.IntN(n) }

// products are m, n, k.
func (s shapes) products() [][3]int {
	all := [][3]int{{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 1, 1}, {64, 64, 16}, {65, 63, 17},
		{130, 129, 40}, {9, 33, 1100}, {s.upTo(150), s.upTo(150), s.upTo(100)}}
	if s.size == Full {
		all = append(all, [][3]int{{5, 7, 3}, {12, 32, 16}, {13, 33, 17}, {24, 64, 300}, {65, 65, 64},
			{70, 31, 600}, {37, 64, 523}, {130, 67, 9}, {7, 200, 257}, {s.upTo(40), s.upTo(40), s.upTo(500)},
			{s.upTo(300), s.upTo(30), s.upTo(60)}}...)
	}
	return all
}

func (s shapes) lengths() []int {
	all := []int{0, 1, 255, 256, 257, s.upTo(3000)}
	if s.size == Full {
		all = []int{1024, 40007, 1000 + s.upTo(9000)}
		for n := range 1001 {
			all = append(all, n)
		}
	}
	return all
}

// rows are rows and their width; not so narrow that a row's variance may come near to nothing.
func (s shapes) rows() [][2]int {
	all := [][2]int{{1, 1}, {3, 5}, {9, 33}, {600, 40}, {s.upTo(40), 4 + s.upTo(300)}}
	if s.size == Full {
		all = append(all, [][2]int{{2, 16}, {7, 17}, {5, 31}, {4, 192}, {300, 67}, {3, 1030},
			{s.upTo(40), 4 + s.upTo(60)}}...)
	}
	return all
}

func (s shapes) heads() []ops.Heads {
	all := []ops.Heads{heads(1, 1, 1, 1, false), heads(2, 5, 6, 2, false), heads(2, 13, 32, 2, true),
		heads(1, 70, 96, 2, true), heads(1, 33, 80, 1, false),
		heads(2, s.upTo(90), 24, 3, s.rng.IntN(2) > 0)}
	if s.size == Full {
		all = append(all, heads(3, 65, 64, 1, false), heads(2, 24, 96, 3, true),
			heads(1, 33, 30, 3, true), heads(1, 77, 128, 2, true), heads(1, 50, 128, 2, false),
			heads(1, 290, 40, 1, false), heads(s.upTo(3), s.upTo(120), 3*s.upTo(70), 3, false))
	}
	return all
}

func heads(batch, tokens, width, heads int, causal bool) ops.Heads {
	return ops.Heads{Batch: batch, Tokens: tokens, Width: width, Heads: heads, Causal: causal}
}

// pairs are how many, and the width of their features.
func (s shapes) pairs() [][2]int {
	all := [][2]int{{1, 1}, {2, 3}, {33, 20}, {70, 64}, {s.upTo(100), s.upTo(64)}}
	if s.size == Full {
		all = append(all, [2]int{5, 17}, [2]int{s.upTo(150), s.upTo(64)})
	}
	return all
}

// logits are the sizes of square matrices of them.
func (s shapes) logits() []int {
	all := []int{1, 2, 5, 33, s.upTo(80)}
	if s.size == Full {
		all = append(all, 128, 700, s.upTo(300))
	}
	return all
}

func gemmCases(m, n, k int) []Case {
	var all []Case
	for form := range 8 {
		ta, tb, add := form&1 > 0, form&2 > 0, form&4 > 0
		all = append(all, Case{Name: fmt.Sprintf("Gemm %d×%d×%d %v %v %v", m, n, k, ta, tb, add),
			In: []int{m * k, k * n}, Out: []int{m * n}, Products: 2,
			Run: func(e Engine, in, out [][]float32) {
				e.Gemm(out[0], in[0], in[1], m, n, k, ta, tb, add)
			},
			Judge: func(in, out [][]float64) {
				plain.Gemm(out[0], in[0], in[1], m, n, k, ta, tb, add)
			}})
	}
	return all
}

// linearCases are with and without bias and residual.
func linearCases(m, n, k int) []Case {
	var all []Case
	for form := range 4 {
		all = append(all, Case{Name: fmt.Sprintf("Linear %d×%d×%d form %d", m, n, k, form),
			In: []int{m * k, n * k, n, m * n}, Out: []int{m * n}, Products: 2,
			Run: func(e Engine, in, out [][]float32) {
				bias, residual := pick(in, form)
				e.Linear(out[0], in[0], in[1], bias, residual, m, k, n)
			},
			Judge: func(in, out [][]float64) {
				bias, residual := pick(in, form)
				plain.Linear(out[0], in[0], in[1], bias, residual, m, k, n)
			}})
	}
	return all
}

// pick are bias and residual of a layer's form, or nil.
func pick[F float32 | float64](in [][]F, form int) (bias, residual []F) {
	if form&1 > 0 {
		bias = in[2]
	}
	if form&2 > 0 {
		residual = in[3]
	}
	return bias, residual
}
