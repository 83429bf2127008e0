package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
)

// simulated gives the machine two GPUs in software for a test, and looks that all is given back.
func simulated(t *testing.T, o sim.Options) *sim.Machine {
	t.Helper()
	t.Setenv("CLIPLAB_DEVICE", "")
	if o.Devices == 0 {
		o.Devices = 2
	}
	machine := sim.New(o)
	undo := driver.Replace(machine)
	t.Cleanup(func() {
		undo()
		if left := machine.Left(); left != "" {
			t.Errorf("not given back: %s", left)
		}
	})
	return machine
}

// smallest is a recipe that software runs in a moment.
func smallest(steps int) Config {
	cfg := tiny(steps)
	cfg.Tower.ImageSize, cfg.Tower.PatchSize = 8, 4
	cfg.Tower.VisionWidth, cfg.Tower.TextWidth, cfg.Tower.EmbedDim = 8, 8, 8
	cfg.Batch, cfg.TextLength, cfg.WeightDecay, cfg.MaxNorm = 4, 4, 0.1, 0.5
	return cfg
}

// The same recipe on a GPU by the one option has the CPU's losses, exp(t) and gradients but for
// rounding, with everything that a recipe may ask for.
func TestRunOnGPU(t *testing.T) {
	simulated(t, sim.Options{})
	for name, change := range map[string]func(*Config){
		"usual":           func(c *Config) {},
		"the second, all": func(c *Config) { c.Device = "cuda:1"; c.Augment = DefaultAugment },
		"chunks":          func(c *Config) { c.Chunk = 2 },
		"two GPUs":        func(c *Config) { c.Device = "cuda:all" },
		"frozen tower":    func(c *Config) { c.Freeze = []string{"vision"} },
		"frozen layers":   func(c *Config) { c.Freeze = []string{"visual.conv1", "ln_final"} },
		"both frozen":     func(c *Config) { c.Freeze = []string{"vision", "text"} },
		"sigmoid, decay":  func(c *Config) { c.Loss, c.LayerDecay = Sigmoid, 0.7 },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := smallest(4)
			cfg.Device = "cuda"
			change(&cfg)
			model, got, err := Run(context.Background(), cfg, eight{})
			if err != nil {
				t.Fatal(err)
			}
			cfg.Device = "cpu"
			judge, want, err := Run(context.Background(), cfg, eight{})
			if err != nil {
				t.Fatal(err)
			}
			curve(t, "loss", got.Loss, want.Loss)
			curve(t, "exp(t)", got.LogitScale, want.LogitScale)
			curve(t, "gradient", got.GradNorm, want.GradNorm)
			if len(model.Params()) != len(judge.Params()) {
				t.Errorf("%d parameters, want %d", len(model.Params()), len(judge.Params()))
			}
		})
	}
}

// curve compares within the rounding of fp32, some steps on.
func curve(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if len(got) != len(want) || math.Abs(got[i]-want[i]) > 2e-4*(1+math.Abs(want[i])) {
			t.Errorf("%s is %v, on the CPU %v", what, got, want)
			return
		}
	}
}

// A run that moves from the GPU to the CPU and back, through its checkpoint, has the losses of one
// that stayed; one that stays on the GPU and is interrupted has them to the bit.
func TestRunMoves(t *testing.T) {
	simulated(t, sim.Options{})
	cfg := smallest(6)
	cfg.Device = "cuda"
	_, whole, err := Run(context.Background(), cfg, eight{})
	if err != nil {
		t.Fatal(err)
	}
	for _, devices := range [][]string{{"cuda", "cpu", "auto"}, {"cuda", "cuda:1", "cuda:0"}} {
		moving := cfg
		moving.Checkpoint = filepath.Join(t.TempDir(), "run")
		var history *History
		for i, device := range devices {
			moving.Device, moving.Resume = device, i > 0
			ctx, stopped := stopAfter(moving, 2*(i+1))
			if _, history, err = Run(ctx, stopped, eight{}); err != nil &&
				!errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		curve(t, fmt.Sprint(devices), history.Loss, whole.Loss)
		for i := range whole.Loss {
			if devices[1] != cpu && history.Loss[i] != whole.Loss[i] {
				t.Errorf("step %d: loss %v, uninterrupted %v", i, history.Loss[i], whole.Loss[i])
			}
		}
	}
}

// Too little memory is an error before the first step, with what is needed and free and what would
// fit; the next run on the same GPU goes on.
func TestRunOutOfMemory(t *testing.T) {
	simulated(t, sim.Options{Memory: 135 << 10})
	cfg := smallest(2)
	cfg.Batch, cfg.Device = 8, "cuda"
	_, _, err := Run(context.Background(), cfg, eight{})
	var short *driver.MemoryError
	if !errors.As(err, &short) || short.Needed <= short.Free || short.Free != 135<<10 ||
		!strings.Contains(err.Error(), fmt.Sprintf("(%d bytes) needed", short.Needed)) ||
		!strings.Contains(err.Error(), "Chunk: ") {
		t.Fatalf("got %v", err)
	}
	t.Log(err)
	cfg.Chunk = 1
	if _, _, err := Run(context.Background(), cfg, eight{}); err != nil {
		t.Error(err)
	}
	cfg.Chunk, cfg.Tower.VisionWidth, cfg.Tower.VisionHeads = 0, 256, 4
	if _, _, err := Run(context.Background(), cfg, eight{}); !errors.As(err, &short) ||
		strings.Contains(err.Error(), "Chunk: ") {
		t.Errorf("what fits in no chunk gives %v", err)
	}
}

// A GPU that is lost between two steps ends the run with the last good model and an error that says
// how to go on; the checkpoint resumes on the CPU, and the process lives on.
func TestRunLosesTheGPU(t *testing.T) {
	t.Setenv("CLIPLAB_DEVICE", "")
	machine := sim.New(sim.Options{})
	defer driver.Replace(machine)()
	cfg := smallest(6)
	cfg.Device, cfg.Checkpoint, cfg.Every = "cuda", filepath.Join(t.TempDir(), "run"), 2
	cfg.Watch = func(h *History) error {
		if h.Steps() == 4 {
			machine.Lose("GraphLaunch", 1, driver.IllegalAddress)
		}
		return nil
	}
	model, history, err := Run(context.Background(), cfg, eight{})
	var failed *driver.Error
	if !errors.As(err, &failed) || !failed.Lost() || model == nil || history.Steps() != 4 ||
		!strings.Contains(err.Error(), "the model is that of step 4. ") ||
		!strings.Contains(err.Error(), "train: step 5: ") ||
		!strings.Contains(err.Error(), "restart the kernel") {
		t.Fatalf("%v, history of %v", err, history)
	}
	t.Log(err)
	cfg.Device, cfg.Resume, cfg.Watch = "cpu", true, nil
	if _, history, err = Run(context.Background(), cfg, eight{}); err != nil || history.Steps() != 6 {
		t.Errorf("on the CPU: %v, %v", history, err)
	}
}

// What a device does not do is said before training starts, with the remedy.
func TestDeviceErrors(t *testing.T) {
	simulated(t, sim.Options{})
	for want, change := range map[string]func(*Config){
		`no device "cuda:7", there are cpu, cuda:0, cuda:1 and auto`: func(c *Config) {
			c.Device = "cuda:7"
		},
		`no device "gpu"`: func(c *Config) { c.Device = "gpu" },
		`leave Precision empty, or take Device "cuda"`: func(c *Config) {
			c.Device, c.Precision = "", "bf16"
		},
		"there are fp32, tf32 and bf16":      func(c *Config) { c.Precision = "fp8" },
		"several devices are different GPUs": func(c *Config) { c.Device = "cuda:0,cpu" },
		"heads 160 wide, at most 128":        func(c *Config) { c.Tower.VisionWidth = 160 },
		"a batch of 5 does not divide into chunks of 2 on 2 ": func(c *Config) {
			c.Batch, c.Device = 5, "cuda:all"
		},
	} {
		cfg := smallest(2)
		cfg.Device = "cuda"
		change(&cfg)
		if _, _, err := Run(context.Background(), cfg, eight{}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
		if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check gives %v, want %q in it", err, want)
		}
	}
	t.Setenv("CLIPLAB_DEVICE", "cpu")
	cfg := smallest(1)
	cfg.Device = "cuda:7"
	if _, _, err := Run(context.Background(), cfg, eight{}); err != nil {
		t.Errorf("CLIPLAB_DEVICE=cpu does not stand for the option: %v", err)
	}
}

// The stepper's halves on a GPU are those on the CPU.
func TestStepperOnGPU(t *testing.T) {
	simulated(t, sim.Options{})
	var all [2]*Stepper
	for i, device := range []string{"cpu", "cuda"} {
		cfg := smallest(1)
		cfg.Device = device
		r, err := start(cfg, eight{})
		if err != nil {
			t.Fatal(err)
		}
		all[i] = r.stepper
		defer r.stepper.Close()
		r.loader.start(1)
		b := r.loader.next()
		r.loader.stop()
		if err := r.stepper.Gradients(b.images, b.tokens); err != nil {
			t.Fatal(err)
		}
	}
	want, got := all[0].Learning(), all[1].Learning()
	if len(got) != len(want) {
		t.Fatalf("%d gradients, want %d", len(got), len(want))
	}
	byName := map[string][]float32{}
	for _, l := range got {
		byName[l.Name] = l.Grad
	}
	for _, l := range want {
		got, want := wide(byName[l.Name]), wide(l.Grad)
		largest := 0.0
		for _, x := range want {
			largest = max(largest, math.Abs(x))
		}
		for i := range want { // small ones of an array are sums of large ones
			if len(got) == len(want) && math.Abs(got[i]-want[i]) < 1e-5*largest {
				got[i] = want[i]
			}
		}
		curve(t, "gradient of "+l.Name, got, want)
	}
	for _, s := range all {
		if err := errors.Join(s.Update(1e-3), s.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	curve(t, "t", []float64{all[1].logLogitScale()}, []float64{all[0].logLogitScale()})
}

func wide(x []float32) []float64 {
	var y []float64
	for _, v := range x {
		y = append(y, float64(v))
	}
	return y
}
