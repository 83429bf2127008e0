package cuda

import (
	"errors"
	"math/rand/v2"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
	"cliplab/lab/tower"
)

// A step in bf16 is as many launches as README.md says, on a card of 132 multiprocessors. Small
// models take as long as their launches.
func TestLaunches(t *testing.T) {
	want := map[string]map[string]int{
		"S":        {"own": 247, "cuBLASLt": 236, "cuBLAS": 318},
		"ViT-B-32": {"own": 615, "cuBLASLt": 604, "cuBLAS": 862},
	}
	card := driver.Info{Multiprocessors: 132}
	for _, m := range benchModels {
		for products, want := range want[m.name] {
			batch := m.batches[0]
			o, chunk, err := Options{Precision: BF16}.check(m.c, batch, 1)
			if err != nil {
				t.Fatal(err)
			}
			p := plannedPart(card, products != "own", m.c, batch, chunk, o)
			p.g.plan.lt = products == "cuBLASLt"
			total := launchesOf(p)
			if total != want {
				t.Errorf("%s, batch %d, products %s: %d launches, README.md says %d: %v", m.name, batch,
					products, total, want, p.g.plan.launches)
			}
		}
	}
}

func launchesOf(p *part) (total int) {
	clear(p.g.plan.launches)
	p.whole(bothSides)
	p.update()
	for _, n := range p.g.plan.launches {
		total += n
	}
	return total
}

// What a plan counts is what a device runs: kernel by kernel, captured, launched.
func TestLaunchesAreAsPlanned(t *testing.T) {
	c := smallConfig()
	machine := sim.New(sim.Options{Processors: 132})
	g := simulated(t, machine)
	o := Options{Precision: BF16, NoBLAS: true}
	trainer, err := g.NewTrainer(c, 3, tower.Init(c, 3), o)
	if err != nil {
		t.Fatal(err)
	}
	o, chunk, err := o.check(c, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := launchesOf(plannedPart(g.info, false, c, 3, chunk, o))
	images, tokens := batchOf(rand.New(rand.NewPCG(1, 2)), c, 3)
	for step := range 3 {
		before := machine.Launches()
		if _, err := trainer.Step(images, tokens, 1e-4); err != nil {
			t.Fatal(err)
		}
		if got := machine.Launches() - before; got != want {
			t.Errorf("step %d launches %d kernels, planned were %d", step, got, want)
		}
	}
	if err := errors.Join(trainer.Close(), g.Close()); err != nil {
		t.Error(err)
	}
}
