package conform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"cliplab/lab/ops"
)

// specialLimit is the most numbers of an input that a special value is put into: where it comes
// out does not depend on how many there are.
const specialLimit = 5000

// Specials puts NaN, +Inf or −Inf into a random place of each input in turn and wants them to come
// out where the plain loops in float32 have them.
func Specials(t testing.TB, engines []Engine, cases []Case, seed uint64, r Rules) {
	t.Helper()
	judge := cpu{ops.Engines()[0]}
	specials := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	rng := rand.New(rand.NewPCG(seed, 1))
	for i, c := range cases {
		for input, n := range c.In {
			if n == 0 || n > specialLimit {
				continue
			}
			special, place := float32(specials[rng.IntN(len(specials))]), rng.IntN(n)
			with := func(e Engine) [][]float32 {
				in, out := c.arrays(seed, i)
				in.x[input][place] = special
				c.Run(e, in.x, out.x)
				return out.x
			}
			want := with(judge)
			for _, e := range engines {
				if e.Name() == judge.Name() {
					continue
				}
				for k, got := range with(e) {
					name := fmt.Sprintf("%s on %s, %v at %d of input %d, output %d", c.Name, e.Name(),
						special, place, input, k)
					classify(t, name, got, want[k], r.Spreads && strings.Contains(c.Name, "causal"))
				}
			}
		}
	}
}

// classify wants NaN where the judge has NaN, a number where it has one, and Inf or, as infinite
// terms may meet in another order, NaN where it has Inf.
func classify(t testing.TB, name string, got, want []float32, spreads bool) {
	t.Helper()
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	for i := range got {
		g, w := float64(got[i]), float64(want[i])
		ok := math.IsNaN(g) && (spreads || !finite(w))
		switch {
		case math.IsInf(w, 0):
			ok = ok || g == w
		case finite(w):
			ok = ok || finite(g)
		}
		if !ok {
			t.Errorf("%s: element %d is %v, the judge has %v", name, i, g, w)
			return
		}
	}
}
