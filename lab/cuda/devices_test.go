package cuda

import (
	"fmt"
	"strings"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
)

// listed are the devices of a machine, one a line.
func listed(o sim.Options, override string) (all []Device, text string) {
	all = devices(func() (*driver.Driver, error) { return driver.New(sim.New(o)) }, override)
	for _, d := range all {
		text += d.String() + "\n"
	}
	return all, text
}

// The list says what there is, and why a GPU is not used.
func TestDevices(t *testing.T) {
	for _, c := range []struct {
		o        sim.Options
		override string
		want     string
		auto     string
	}{
		{sim.Options{Devices: 2}, "", "cuda:1  simulated device, compute capability 9.0, CUDA 12.8, " +
			"1.0 GiB\n", "cuda:0"},
		{sim.Options{}, "cpu", "(not used: CLIPLAB_DEVICE=cpu)", "cpu"},
		{sim.Options{Version: 11040}, "", "(not used: no usable NVIDIA driver: it speaks CUDA 11.4, " +
			"which is older than 11.8 (driver 520))", "cpu"},
		{sim.Options{Major: 7, Minor: 0}, "", "(not used: compute capability 7.0 is older than 8.0)",
			"cpu"},
		{sim.Options{Devices: -1}, "", "no CUDA-capable device is detected", "cpu"},
	} {
		all, text := listed(c.o, c.override)
		if all[0].Name != "cpu" || !strings.Contains(text, c.want) {
			t.Errorf("%+v: the list is\n%swant %q in it", c.o, text, c.want)
		}
		if d, err := choose(all, "auto"); err != nil || d.Name != c.auto {
			t.Errorf("%+v: auto is %v, %v, want %s", c.o, d, err, c.auto)
		}
		d, err := choose(all, "cuda")
		if (err == nil) != (c.auto != "cpu") {
			t.Errorf("%+v: cuda is %v, %v", c.o, d, err)
		}
	}
	all, _ := listed(sim.Options{}, "")
	_, err := choose(all, "cuda:7")
	if want := `cuda: no device "cuda:7", there are cpu, cuda:0 and auto`; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The environment has the last word, and cpu opens no driver.
func TestOverride(t *testing.T) {
	t.Setenv("CLIPLAB_DEVICE", "cpu")
	if d, err := Choose("cuda:3"); err != nil || d.Name != "cpu" {
		t.Errorf("got %v, %v", d, err)
	}
	if _, err := Open("auto"); err == nil || !strings.Contains(err.Error(), "CLIPLAB_DEVICE=cpu") {
		t.Errorf("got %v", err)
	}
}
