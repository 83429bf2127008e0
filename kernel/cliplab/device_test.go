package main

import (
	"context"
	"strings"
	"testing"

	"cliplab/kernel/ipynb"
	"cliplab/kernel/runner"
	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
)

// deviceCells train by the one option: where there is no GPU the cell has the reason, and where
// there is too little memory the numbers; the session goes on, on the GPU and on the CPU.
var deviceCells = []struct {
	name, cell, want string
	api              driver.API // the machine's from here on
}{
	{"a source", `import (
	"image"
	"math/rand/v2"
	"cliplab/lab"
	"cliplab/lab/train"
)
type few struct{}
func (few) Captions() []string { return []string{"red", "green", "blue", "white"} }
func (f few) Batch(n int, rng *rand.Rand) (batch []train.Example) {
	for i := range n {
		p := image.NewNRGBA(image.Rect(0, 0, 8, 8))
		for j := range p.Pix {
			p.Pix[j] = uint8(j * (i + 3))
		}
		batch = append(batch, train.Example{p, f.Captions()[i%4]})
	}
	return batch
}
cfg := train.Small()
cfg.Tower.ImageSize, cfg.Tower.PatchSize, cfg.Tower.EmbedDim = 8, 4, 8
cfg.Tower.VisionWidth, cfg.Tower.VisionLayers = 8, 1
cfg.Tower.TextWidth, cfg.Tower.TextLayers = 8, 1
cfg.Batch, cfg.Steps, cfg.Warmup, cfg.TextLength = 4, 2, 1, 4
cfg.Augment = train.Augment{}
cfg.Device = "cuda"`, "", sim.New(sim.Options{Version: 11040})},
	{"an old driver", "_, _, err := train.Run(ctx, cfg, few{})\nerr",
		"it speaks CUDA 11.4, which is older than 11.8 (driver 520); Device \"cpu\" always is there",
		nil},
	{"what there is", "lab.Devices()", "(not used: no usable NVIDIA driver: it speaks CUDA 11.4", nil},
	{"too little memory", "_, _, err = train.Run(ctx, cfg, few{})\nerr",
		"bytes) needed, 10.0 KiB (10240 bytes) of 10.0 KiB free on simulated device",
		sim.New(sim.Options{Memory: 10 << 10})},
	{"a GPU", "_, history, err := train.Run(ctx, cfg, few{})\nhistory", "2 steps of 4 pairs in ",
		sim.New(sim.Options{})},
	{"no error", "err", "nil", nil},
	{"a GPU that is lost", "_, history, err = train.Run(ctx, cfg, few{})\nerr",
		"the GPU is lost to this process: restart the kernel", lostAfter("StreamSynchronize", 40)},
	{"the CPU", "cfg.Device = \"cpu\"\n_, history, err = train.Run(ctx, cfg, few{})\nhistory",
		"2 steps of 4 pairs in ", nil},
}

// lostAfter is a machine whose GPU is lost at the n-th call of a function.
func lostAfter(call string, n int) driver.API {
	machine := sim.New(sim.Options{})
	machine.Lose(call, n, driver.LaunchFailed)
	return machine
}

func TestDeviceCells(t *testing.T) {
	t.Setenv("CLIPLAB_DEVICE", "")
	undo := func() {}
	defer func() { undo() }()
	session := newExecutor()
	for _, d := range deviceCells {
		if d.api != nil {
			undo()
			undo = driver.Replace(d.api)
		}
		nb := &ipynb.Notebook{Metadata: map[string]any{"kernelspec": map[string]any{"language": "go"}},
			Cells: []*ipynb.Cell{{Type: ipynb.Code, Source: d.cell}}}
		sum, err := runner.Run(context.Background(), nb, session, runner.Options{})
		if err != nil || len(sum.Failures) > 0 {
			t.Fatalf("%s: %v, %v", d.name, err, sum.Failures)
		}
		got := ""
		for _, o := range nb.Cells[0].Outputs {
			text, _ := o.Data["text/plain"].(string)
			got += o.Text + text
		}
		if !strings.Contains(got, d.want) {
			t.Errorf("%s: got %q, want %q in it", d.name, got, d.want)
		}
	}
}

// The command refuses a device that is not there before it writes anything.
func TestTrainDevice(t *testing.T) {
	t.Setenv("CLIPLAB_DEVICE", "")
	defer driver.Replace(sim.New(sim.Options{Devices: 2}))()
	status, stdout, _ := try(t, "devices")
	if status != 0 {
		t.Errorf("devices: status %d", status)
	}
	contains(t, "devices", stdout, "\ncuda:1  simulated device, compute capability 9.0")
	status, _, stderr := try(t, "train", "--device", "cuda:7", "--out", t.TempDir(), "--steps", "1")
	if status != 2 {
		t.Errorf("train: status %d", status)
	}
	contains(t, "train", stderr, `no device "cuda:7", there are cpu, cuda:0, cuda:1 and auto`)
}
