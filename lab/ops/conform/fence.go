package conform

import (
	"math"
	"math/rand/v2"
)

// fenced are arrays of random numbers that lie between guard cells, at any distance from the
// boundaries that wide loads like.
type fenced struct {
	x     [][]float32 // the arrays
	cells [][]float32 // with their guards
}

const (
	guards    = 16
	guardBits = 0x7fc12345 // a NaN that no arithmetic makes
)

// arrays are inputs and outputs of case i.
func (c Case) arrays(seed uint64, i int) (in, out fenced) {
	rng := rand.New(rand.NewPCG(seed, uint64(i)+2))
	return fence(rng, c.In), fence(rng, c.Out)
}

func fence(rng *rand.Rand, sizes []int) (f fenced) {
	guard := math.Float32frombits(guardBits)
	for _, n := range sizes {
		lead := guards + rng.IntN(guards)
		cells := make([]float32, lead+n+guards)
		for i := range cells {
			cells[i] = guard
		}
		x := cells[lead : lead+n : lead+n]
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		f.x, f.cells = append(f.x, x), append(f.cells, cells)
	}
	return f
}

// intact tells whether the guards of array k are as they were, or which of them is not, counted
// from the array's start.
func (f fenced) intact(k int) (at int, ok bool) {
	lead := len(f.cells[k]) - guards - len(f.x[k])
	for i, v := range f.cells[k] {
		outside := i < lead || i >= lead+len(f.x[k])
		if outside && math.Float32bits(v) != guardBits {
			return i - lead, false
		}
	}
	return 0, true
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
