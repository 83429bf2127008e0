package ops

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

func normal(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// Columns are the cells around each cell, for sides and blocks of lines that divide nothing.
func TestColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ b, s, channels, stride int }{
		{1, 1, 1, 1}, {2, 3, 2, 1}, {3, 5, 7, 1}, {2, 4, 3, 2}, {1, 2, 5, 2}, {2, 56, 40, 1}} {
		x, out := normal(rng, c.b*c.s*c.s*c.channels), c.s/c.stride
		lo := rng.IntN(c.b * out)
		hi := lo + 1 + rng.IntN(c.b*out-lo)
		dst := normal(rng, (hi-lo)*out*9*c.channels)
		Columns(dst, x, lo, hi, c.s, c.channels, c.stride)
		for i, got := range dst {
			channel, k := i%c.channels, i/c.channels%9
			cell := lo*out + i/c.channels/9
			y, left := cell/out%out*c.stride+k/3-1, cell%out*c.stride+k%3-1
			var want float32
			if y >= 0 && y < c.s && left >= 0 && left < c.s {
				want = x[((cell/out/out*c.s+y)*c.s+left)*c.channels+channel]
			}
			if got != want {
				t.Fatalf("%+v, lines %d to %d: number %d is %v, want %v", c, lo, hi, i, got, want)
			}
		}
	}
}

// A batch norm and its gradients are those of the formulas in float64, to the same bits on any
// number of threads; a channel that is far from zero loses no digits.
func TestBatchNorm(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, rows := range []int{5, 17, 1000} {
		const width = 5
		x, dy := normal(rng, rows*width), normal(rng, rows*width)
		for r := range rows {
			x[r*width] += 100
		}
		gamma, beta := normal(rng, width), normal(rng, width)
		var first [][]float32
		before := runtime.GOMAXPROCS(0)
		for _, threads := range []int{1, 2, 7} {
			runtime.GOMAXPROCS(threads)
			n := NewBatchNorm(rows, width)
			y, dx := make([]float32, rows*width), make([]float32, rows*width)
			dgamma, dbeta := make([]float32, width), make([]float32, width)
			n.Measure(x)
			n.Apply(y, x, nil, gamma, beta, true)
			n.ParamGrad(dgamma, dbeta, dy, x, y)
			n.Grad(dx, dy, x, y, gamma)
			runtime.GOMAXPROCS(before)
			mean, variance := make([]float32, width), slices.Repeat([]float32{1}, width)
			n.Move(mean, variance)
			all := [][]float32{y, dgamma, dbeta, dx, mean, variance}
			if first == nil {
				first = all
			}
			for i := range all {
				if !slices.Equal(all[i], first[i]) {
					t.Errorf("%d rows: array %d differs on %d threads", rows, i, threads)
				}
			}
		}
		for c := range width {
			checkChannel(t, first, x, dy, rows, width, c, float64(gamma[c]), float64(beta[c]))
		}
	}
}

func checkChannel(t *testing.T, got [][]float32, x, dy []float32, rows, width, c int,
	gamma, beta float64) {
	t.Helper()
	var mean, variance, dgamma, dbeta float64
	for r := range rows {
		mean += float64(x[r*width+c]) / float64(rows)
	}
	for r := range rows {
		variance += math.Pow(float64(x[r*width+c])-mean, 2) / float64(rows)
	}
	sigma := math.Sqrt(variance + BatchNormEpsilon)
	unit, up := make([]float64, rows), make([]float64, rows)
	near := func(name string, got float32, want float64) {
		if d := math.Abs(float64(got) - want); !(d < 2e-4*(1+math.Abs(want))) {
			t.Errorf("%d rows, channel %d: %s is %v, want %v", rows, c, name, got, want)
		}
	}
	for r := range rows {
		unit[r] = (float64(x[r*width+c]) - mean) / sigma
		y := unit[r]*gamma + beta
		near("y", got[0][r*width+c], max(0, y))
		if got[0][r*width+c] > 0 {
			up[r] = float64(dy[r*width+c])
		}
		dgamma, dbeta = dgamma+up[r]*unit[r], dbeta+up[r]
	}
	near("dgamma", got[1][c], dgamma)
	near("dbeta", got[2][c], dbeta)
	for r := range rows {
		near("dx", got[3][r*width+c],
			gamma/sigma*(up[r]-dbeta/float64(rows)-unit[r]*dgamma/float64(rows)))
	}
	near("running mean", got[4][c], mean/10)
	near("running variance", got[5][c], 0.9+variance*float64(rows)/float64(rows-1)/10)
}

// NaN goes through a ReLU, and what is not finite is not hidden.
func TestBatchNormNaN(t *testing.T) {
	n, y := NewBatchNorm(2, 2), make([]float32, 4)
	x := []float32{1, 2, float32(math.NaN()), 4}
	n.Measure(x)
	n.Apply(y, x, nil, []float32{1, 1}, []float32{0, 0}, true)
	if y[0] == y[0] || y[2] == y[2] || y[1] != y[1] {
		t.Errorf("of a channel with NaN comes %v", y)
	}
}
