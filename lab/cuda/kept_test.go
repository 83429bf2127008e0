package cuda

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"cliplab/lab/cuda/sim"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// A tower that is frozen as a whole goes forward once for each batch, and the losses are, to the
// bit, those of one that goes forward in each step: whole, in chunks, and on two devices.
func TestFrozenFeaturesAreKept(t *testing.T) {
	vision := func(name string) bool { return strings.HasPrefix(name, "visual.") }
	text := func(name string) bool {
		return !vision(name) && name != tower.LogitScale && name != logitBias
	}
	both := func(name string) bool { return vision(name) || text(name) }
	for _, k := range []struct {
		name    string
		devices int
		o       Options
		saved   float64 // share of the launches at least
	}{
		{"vision", 1, Options{Frozen: vision}, 0.15},
		{"text", 1, Options{Frozen: text}, 0.15},
		{"both", 1, Options{Frozen: both}, 0.6},
		{"vision in chunks", 1, Options{Frozen: vision, Chunk: 1}, 0.1},
		{"both on two devices", 2, Options{Frozen: both, Chunk: 1, Sigmoid: true}, 0.5},
	} {
		t.Run(k.name, func(t *testing.T) {
			c, o := smallConfig(), k.o
			c.VisionLayers, c.TextLayers, o.NoBLAS = 1, 1, true
			rng := rand.New(rand.NewPCG(5, 8))
			var batches [][2]*tensor.Tensor
			for range 2 {
				images, tokens := batchOf(rng, c, 4)
				batches = append(batches, [2]*tensor.Tensor{images, tokens})
			}
			always := o
			always.Fresh = true
			want, full := lossesOf(t, c, k.devices, always, batches, false)
			got, launches := lossesOf(t, c, k.devices, o, batches, true)
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("losses are %v, want %v", got, want)
					break
				}
			}
			if float64(launches) > (1-k.saved)*float64(full) {
				t.Errorf("the last step launches %d kernels, without what is kept %d", launches, full)
			}
		})
	}
}

// lossesOf are losses of steps with two batches in turn, and how many kernels the last step ran.
// Without keep what is kept is forgotten before each step.
func lossesOf(t *testing.T, c tower.Config, devices int, o Options,
	batches [][2]*tensor.Tensor, keep bool) (losses []float64, launches int) {
	t.Helper()
	machine := sim.New(sim.Options{Devices: devices})
	gpus := several(t, machine)
	trainer, err := newTrainer(gpus, c, 4, start(c, o), o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 { // of each kind of step one eager, one captured, one launched
		if !keep {
			trainer.kept.clear()
		}
		before := machine.Launches()
		b := batches[i%2]
		r, err := trainer.Step(b[0], b[1], 1e-2)
		if err != nil {
			t.Fatal(err)
		}
		losses, launches = append(losses, r.Mean()), machine.Launches()-before
	}
	err = trainer.Close()
	for _, g := range gpus {
		err = errors.Join(err, g.Close())
	}
	if err != nil || machine.Left() != "" {
		t.Errorf("%v; not given back: %s", err, machine.Left())
	}
	return losses, launches
}

// Other parameters make the tower go forward again.
func TestKeptFeaturesAreForgotten(t *testing.T) {
	c := smallConfig()
	c.VisionLayers, c.TextLayers = 1, 1
	o := Options{NoBLAS: true, Frozen: func(name string) bool { return name != tower.LogitScale }}
	images, tokens := batchOf(rand.New(rand.NewPCG(5, 9)), c, 3)
	g := simulated(t, sim.New(sim.Options{}))
	var losses []float64
	for _, seed := range []uint64{3, 4} {
		trainer, err := g.NewTrainer(c, 3, tower.Init(c, 3), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []uint64{3, seed} {
			if err := trainer.SetParams(tower.Init(c, step)); err != nil {
				t.Fatal(err)
			}
			l, err := trainer.Backward(images, tokens)
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, l.Mean())
		}
		if err := trainer.Close(); err != nil {
			t.Error(err)
		}
	}
	if losses[0] != losses[1] || losses[0] != losses[2] || losses[2] == losses[3] {
		t.Errorf("losses of parameters 3, 3, 3, 4 are %v", losses)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}
