package cuda

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
	"cliplab/lab/ops/conform"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// stepped trains on devices for two steps and gives the parameters of each of them, by name.
func stepped(t *testing.T, gpus []*GPU, o Options) (exchange string,
	all []map[string]*tensor.Tensor) {
	t.Helper()
	c := smallConfig()
	c.VisionLayers, c.TextLayers, o.NoBLAS = 1, 1, true
	trainer, err := newTrainer(gpus, c, 6, tower.Init(c, 3), o)
	if err != nil {
		t.Fatal(err)
	}
	images, tokens := batchOf(rand.New(rand.NewPCG(1, 2)), c, 6)
	for range 2 {
		if _, err := trainer.Step(images, tokens, 1e-3); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range trainer.parts {
		params, err := p.ws.read(p.g, p.ws.w, p.ws.list)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, params)
	}
	exchange = trainer.Exchange()
	if err := trainer.Close(); err != nil {
		t.Error(err)
	}
	return exchange, all
}

func sameModels(t *testing.T, what string, a, b map[string]*tensor.Tensor) {
	t.Helper()
	for name, x := range a {
		if !conform.Same(b[name].Data, x.Data) {
			t.Errorf("%s: %s differs", what, name)
		}
	}
}

// Devices hold the same model after steps, to the bit, and two of them the same by NCCL as through
// the host.
func TestDevicesAgree(t *testing.T) {
	t.Run("simulated", func(t *testing.T) {
		var host []map[string]*tensor.Tensor
		for _, k := range []struct {
			devices int
			nccl    bool
			want    string
		}{{2, false, "through the host: sim: no NCCL on this machine"},
			{2, true, "NCCL 2.32.3, simulated"}, {3, true, "NCCL 2.32.3, simulated"}} {
			gpus := several(t, sim.New(sim.Options{Devices: k.devices, NCCL: k.nccl}))
			exchange, models := stepped(t, gpus, Options{})
			if exchange != k.want {
				t.Errorf("%d devices exchange by %q, want %q", k.devices, exchange, k.want)
			}
			for _, m := range models[1:] {
				sameModels(t, exchange, models[0], m)
			}
			if host == nil {
				host = models
			} else if k.devices == 2 {
				sameModels(t, "NCCL beside the host", host[0], models[0])
			}
			for _, g := range gpus {
				if err := g.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	})
	t.Run("device", func(t *testing.T) {
		gpus := allGPUs(t)
		exchange, models := stepped(t, gpus, Options{Chunk: 1})
		t.Log(len(gpus), "devices exchange:", exchange)
		for _, m := range models[1:] {
			sameModels(t, exchange, models[0], m)
		}
		_, host := stepped(t, gpus, Options{Chunk: 1, NoNCCL: true})
		for name, x := range host[0] {
			conform.Compare(t, name, models[0][name].Data, wide(x.Data), 1e-4)
		}
		for _, g := range gpus {
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// allGPUs are two or three GPUs of the machine, as many as divide a batch of 6; without two the
// test is skipped.
func allGPUs(t *testing.T) (gpus []*GPU) {
	t.Helper()
	d, err := driver.Open()
	if err != nil {
		t.Skip(err)
	}
	n := min(3, len(d.Devices()))
	if n < 2 {
		t.Skipf("%d GPU, two are needed", n)
	}
	for i := range n {
		g, err := open(d, i)
		if err != nil {
			t.Fatal(err)
		}
		gpus = append(gpus, g)
	}
	return gpus
}

// An exchange that fails is an error that names the call; a group that cannot be made leaves the
// way through the host; nothing leaks.
func TestExchangeFails(t *testing.T) {
	c := smallConfig()
	c.VisionLayers, c.TextLayers = 1, 1
	images, tokens := batchOf(rand.New(rand.NewPCG(1, 2)), c, 2)
	for _, call := range []string{"CommInitAll", "GetVersion", "GroupStart", "AllGather", "AllReduce",
		"GroupEnd", "CommGetAsyncError", "CommDestroy"} {
		machine := sim.New(sim.Options{Devices: 2, NCCL: true})
		machine.Fail("nccl"+call, 1, driver.InvalidValue)
		gpus := several(t, machine)
		trainer, err := newTrainer(gpus, c, 2, tower.Init(c, 3), Options{NoBLAS: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = trainer.Step(images, tokens, 1e-3)
		made := trainer.group != nil
		closed := errors.Join(trainer.Close(), gpus[0].Close(), gpus[1].Close())
		named := "driver: nccl" + call + ": unhandled cuda error (1) on 2 devices"
		switch call {
		case "CommInitAll", "GetVersion":
			if made || err != nil || closed != nil || !strings.Contains(trainer.Exchange(), named) {
				t.Errorf("%s: %v, %v, exchange %s", call, err, closed, trainer.Exchange())
			}
		case "CommDestroy":
			if closed == nil || !strings.Contains(closed.Error(), named) {
				t.Errorf("%s: closing gives %v", call, closed)
			}
		default:
			if err == nil || !strings.Contains(err.Error(), named) || closed != nil {
				t.Errorf("%s: a step gives %v, closing %v", call, err, closed)
			}
		}
		if left := machine.Left(); left != "" {
			t.Errorf("%s: not given back: %s", call, left)
		}
	}
}
