package cuda

import (
	"testing"

	"cliplab/lab/cuda/driver"
)

// A step in bf16 is as many launches as README.md says, on a card of 132 multiprocessors. Small
// models take as long as their launches.
func TestLaunches(t *testing.T) {
	want := map[string]map[string]int{
		"S":        {"own": 247, "cuBLASLt": 236, "cuBLAS": 318},
		"ViT-B-32": {"own": 615, "cuBLASLt": 604, "cuBLAS": 862},
	}
	for _, m := range benchModels {
		for products, want := range want[m.name] {
			batch := m.batches[0]
			o, chunk, err := Options{Precision: BF16}.check(m.c, batch, 1)
			if err != nil {
				t.Fatal(err)
			}
			card := driver.Info{Multiprocessors: 132}
			p := plannedPart(card, products != "own", m.c, batch, chunk, o)
			p.g.plan.lt = products == "cuBLASLt"
			clear(p.g.plan.launches)
			p.whole(bothSides)
			p.update()
			total := 0
			for _, n := range p.g.plan.launches {
				total += n
			}
			if total != want {
				t.Errorf("%s, batch %d, products %s: %d launches, README.md says %d: %v", m.name, batch,
					products, total, want, p.g.plan.launches)
			}
		}
	}
}
