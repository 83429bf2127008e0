package cuda

import (
	"errors"
	"math/rand/v2"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
	"cliplab/lab/ops/conform"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// several opens all devices of a machine.
func several(t *testing.T, machine *sim.Machine) (gpus []*GPU) {
	t.Helper()
	d, err := driver.New(machine)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Devices() {
		g, err := open(d, i)
		if err != nil {
			t.Fatal(err)
		}
		gpus = append(gpus, g)
	}
	return gpus
}

// A batch in chunks, on one device or on several that exchange features and gradients, trains as
// the whole batch does by lab/graph.
func TestChunksAndDevices(t *testing.T) {
	text := func(name string) bool { return name == tower.TokenEmbedding || name == tower.LnFinal }
	for _, k := range []struct {
		name           string
		devices, batch int
		nccl           bool
		o              Options
	}{
		{"chunks", 1, 4, false, Options{Chunk: 2, MaxNorm: 0.5, WeightDecay: 0.2, PanelRows: 3}},
		{"devices through the host", 2, 4, false, Options{WeightDecay: 0.2, Frozen: text}},
		{"chunks on devices by NCCL", 2, 4, true, Options{Chunk: 1, Sigmoid: true, MaxNorm: 0.5}},
		{"three devices by NCCL", 3, 6, true, Options{Chunk: 2, WeightDecay: 0.2}},
	} {
		t.Run(k.name, func(t *testing.T) {
			c, o := smallConfig(), k.o
			c.VisionLayers, c.TextLayers, o.NoBLAS, o.Epsilon = 1, 1, true, 1e-3
			rng := rand.New(rand.NewPCG(conform.Seed(t), 8))
			var batches [][2]*tensor.Tensor
			for range 3 { // kernel by kernel, captured, launched
				images, tokens := batchOf(rng, c, k.batch)
				batches = append(batches, [2]*tensor.Tensor{images, tokens})
			}
			want := train(t, c, o, batches, 1e-3)
			machine := sim.New(sim.Options{Devices: k.devices, NCCL: k.nccl})
			gpus := several(t, machine)
			sameTraining(t, gpus, c, o, batches, 1e-3, want)
			for _, g := range gpus {
				if err := g.Close(); err != nil {
					t.Error(err)
				}
			}
			if left := machine.Left(); left != "" {
				t.Errorf("not given back: %s", left)
			}
		})
	}
}

// What a Trainer takes of a device is what the plan says, to the byte, whole and in chunks.
func TestMemory(t *testing.T) {
	c := smallConfig()
	for _, o := range []Options{{NoBLAS: true}, {NoBLAS: true, Chunk: 2, Precision: BF16}} {
		machine := sim.New(sim.Options{Processors: 132})
		g := simulated(t, machine)
		want, err := Memory(c, 4, 1, o)
		if err != nil {
			t.Fatal(err)
		}
		trainer, err := g.NewTrainer(c, 4, tower.Init(c, 3), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := machine.Used(0); got != want {
			t.Errorf("%+v: %d bytes are taken, planned were %d", o, got, want)
		}
		images, tokens := batchOf(rand.New(rand.NewPCG(1, 2)), c, 4)
		if _, err := trainer.Step(images, tokens, 1e-3); err != nil {
			t.Fatal(err)
		}
		if got := machine.Used(0); got != want {
			t.Errorf("%+v: after a step %d bytes are taken, planned were %d", o, got, want)
		}
		if err := errors.Join(trainer.Close(), g.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A batch of 32,768 of ViT-B/32 in chunks fits a card: the loss grows with N and not with N².
//
//	per pair: 5 arrays of EmbedDim numbers (features, their gradients, scaled ones), 4 sums
//	a panel:  256 MiB of logits, however many pairs
func TestMemoryOfALargeBatch(t *testing.T) {
	c := benchModels[1].c
	need := func(batch int) uint64 {
		n, err := Memory(c, batch, 1, Options{Chunk: 256, Precision: BF16})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	small, large := need(16384), need(32768)
	perPair := uint64((5*c.EmbedDim + 4) * number)
	if got := large - small; got != 16384*perPair {
		t.Errorf("16384 pairs more take %d bytes, want %d", got, 16384*perPair)
	}
	t.Logf("ViT-B/32, batch 32768 in chunks of 256: %s", driver.Bytes(large))
	if matrix := uint64(32768 * 32768 * number); large-need(4096) > matrix/4 {
		t.Errorf("the loss takes %s, the matrix of all logits would %s", driver.Bytes(large-need(4096)),
			driver.Bytes(matrix))
	}
	if large > 24<<30 {
		t.Errorf("%s do not fit a card of 24 GiB", driver.Bytes(large))
	}
}
