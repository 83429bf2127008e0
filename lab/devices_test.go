package lab_test

import (
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
)

// The list has the CPU first, says why a GPU is not used, and shows itself in a notebook.
func TestDevices(t *testing.T) {
	for _, c := range []struct {
		o    sim.Options
		want string
	}{
		{sim.Options{Devices: 2}, "cuda:1  simulated device, compute capability 9.0, CUDA 12.8, 1.0 GiB"},
		{sim.Options{Version: 11040}, "it speaks CUDA 11.4, which is older than 11.8 (driver 520)"},
		{sim.Options{Major: 7}, "compute capability 7.0 is older than 8.0"},
	} {
		undo := driver.Replace(sim.New(c.o))
		all := lab.Devices()
		undo()
		text := all.String()
		if !strings.HasPrefix(text, "cpu ") || !strings.Contains(text, c.want) {
			t.Errorf("%+v: the list is\n%s\nwant %q in it", c.o, text, c.want)
		}
		bundle := all.MIMEBundle()
		if bundle["text/plain"] != text || !strings.Contains(bundle["text/html"].(string),
			`<td style="text-align:left"><code>cpu</code></td>`) {
			t.Errorf("%+v: in a notebook it is %v", c.o, bundle)
		}
	}
}

// Without a driver the list says where it was looked for, and cpu can be used.
func TestDevicesOfThisMachine(t *testing.T) {
	all := lab.Devices()
	t.Logf("\n%s", all)
	if len(all) < 2 || all[0].Name != "cpu" || all[0].Why != "" {
		t.Fatalf("got %v", all)
	}
	if all[1].Name == "cuda" && !strings.Contains(all[1].Why, "libcuda.so.1") &&
		!strings.Contains(all[1].Why, "nocuda") && !strings.Contains(all[1].Why, "no CUDA-capable") {
		t.Errorf("no reason: %v", all[1])
	}
}
