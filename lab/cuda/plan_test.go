package cuda

import (
	"testing"

	"cliplab/lab/cuda/driver"
)

// A step is few launches: those that README.md counts, on a card of 132 multiprocessors. Small
// models take as long as their launches.
func TestLaunches(t *testing.T) {
	for _, m := range benchModels {
		for _, products := range []string{"own", "cuBLAS", "cuBLASLt"} {
			o, chunk, err := Options{Precision: BF16}.check(m.c, m.batches[0], 1)
			if err != nil {
				t.Fatal(err)
			}
			p := plannedPart(driver.Info{Multiprocessors: 132}, products != "own", m.c, m.batches[0],
				chunk, o)
			p.g.plan.lt = products == "cuBLASLt"
			clear(p.g.plan.launches)
			p.whole(bothSides)
			p.update()
			total := 0
			for _, n := range p.g.plan.launches {
				total += n
			}
			t.Logf("%s, batch %d, products %s: %d launches, %v", m.name, m.batches[0], products, total,
				p.g.plan.launches)
			if limit := 50 + 36*(m.c.VisionLayers+m.c.TextLayers); total > limit {
				t.Errorf("%s: %d launches, want at most %d", m.name, total, limit)
			}
		}
	}
}
