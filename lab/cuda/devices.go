package cuda

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"cliplab/lab/cores"
	"cliplab/lab/cuda/driver"
	"cliplab/lab/ops"
)

// Device is a place where the lab computes.
type Device struct {
	Name   string // "cpu", "cuda:0"
	Model  string // what it is
	Memory uint64 // bytes, of a GPU
	Why    string // why it is not used; "" when it is
}

func (d Device) String() string {
	s := fmt.Sprintf("%-7s %s", d.Name, d.Model)
	if d.Memory > 0 {
		s += ", " + driver.Bytes(d.Memory)
	}
	if d.Why != "" {
		s += " (not used: " + d.Why + ")"
	}
	return strings.TrimSpace(s)
}

// Devices are the CPU and all GPUs, and where there is no GPU why: no driver, one that is too old,
// or CLIPLAB_DEVICE=cpu. The driver is opened here and not before.
func Devices() []Device { return devices(driver.Open, os.Getenv("CLIPLAB_DEVICE")) }

func devices(open func() (*driver.Driver, error), override string) []Device {
	all := []Device{{Name: "cpu", Model: fmt.Sprintf("%s, engine %s, %d cores", runtime.GOARCH,
		ops.Current().Name(), cores.Count())}}
	d, err := open()
	if err != nil {
		return append(all, Device{Name: "cuda", Model: "no GPU", Why: strings.TrimPrefix(err.Error(),
			"driver: ")})
	}
	if len(d.Devices()) == 0 {
		return append(all, Device{Name: "cuda", Model: "no GPU", Why: "the driver (CUDA " + d.Version() +
			") sees none"})
	}
	for _, info := range d.Devices() {
		why := info.Why()
		if why == "" && override == "cpu" {
			why = "CLIPLAB_DEVICE=cpu"
		}
		all = append(all, Device{Name: fmt.Sprintf("cuda:%d", info.Ordinal), Why: why,
			Model: fmt.Sprintf("%s, compute capability %d.%d, CUDA %s", info.Name, info.Major, info.Minor,
				d.Version()), Memory: info.Memory})
	}
	return all
}

// Choose is the device that a name stands for: "cpu", "cuda", "cuda:1", or "auto" (also ""), which
// is the first GPU that can be used and else the CPU. The environment variable CLIPLAB_DEVICE
// stands for all names when it is set. Asked for by name, a GPU that cannot be used is an error.
func Choose(name string) (Device, error) {
	if override := os.Getenv("CLIPLAB_DEVICE"); override != "" {
		name = override
	}
	if name == "cpu" { // so that no driver is opened
		return Device{Name: "cpu", Model: runtime.GOARCH}, nil
	}
	return choose(Devices(), name)
}

func choose(all []Device, name string) (Device, error) {
	switch {
	case name == "auto" || name == "":
		for _, d := range all[1:] {
			if d.Why == "" {
				return d, nil
			}
		}
		return all[0], nil
	case name == "cuda" && strings.HasPrefix(all[1].Name, "cuda:"):
		name = "cuda:0"
	case name == "cuda":
		return Device{}, fmt.Errorf("cuda: no GPU: %s", all[1].Why)
	}
	var names []string
	for _, d := range all {
		if d.Name == name && d.Why != "" {
			return Device{}, fmt.Errorf("cuda: device %s, %s, cannot be used: %s", name, d.Model, d.Why)
		}
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return Device{}, fmt.Errorf("cuda: no device %q, there are %s and auto", name,
		strings.Join(names, ", "))
}

// ChooseAll is Choose for one device or several, as "cuda:0,cuda:1", or "cuda:all", which is every
// GPU that can be used.
func ChooseAll(name string) ([]Device, error) {
	if override := os.Getenv("CLIPLAB_DEVICE"); override != "" {
		name = override
	}
	if !strings.Contains(name, ",") && name != "cuda:all" {
		d, err := Choose(name)
		return []Device{d}, err
	}
	return chooseAll(Devices(), name)
}

func chooseAll(all []Device, name string) (chosen []Device, err error) {
	names := strings.Split(name, ",")
	if name == "cuda:all" {
		names = nil
		for _, d := range all[1:] {
			if d.Why == "" {
				names = append(names, d.Name)
			}
		}
		if len(names) == 0 {
			_, err := choose(all, "cuda")
			return nil, err
		}
	}
	for i, n := range names {
		d, err := choose(all, strings.TrimSpace(n))
		if err != nil {
			return nil, err
		}
		same := func(c Device) bool { return c.Name == d.Name }
		if d.Name == "cpu" || slices.ContainsFunc(chosen, same) {
			return nil, fmt.Errorf("cuda: device %d of %q is %s; several devices are different GPUs", i+1,
				name, d.Name)
		}
		chosen = append(chosen, d)
	}
	return chosen, nil
}

// Open opens a GPU by name, as Choose does. It is an error when the choice is the CPU.
func Open(name string) (*GPU, error) {
	device, err := Choose(name)
	if err != nil {
		return nil, err
	}
	return device.open()
}

// openAll opens one GPU or several, by ChooseAll.
func openAll(name string) (gpus []*GPU, err error) {
	chosen, err := ChooseAll(name)
	if err != nil {
		return nil, err
	}
	for _, d := range chosen {
		g, err := d.open()
		if err != nil {
			for _, g := range gpus {
				err = errors.Join(err, g.Close())
			}
			return nil, err
		}
		gpus = append(gpus, g)
	}
	return gpus, nil
}

func (device Device) open() (*GPU, error) {
	number, ok := strings.CutPrefix(device.Name, "cuda:")
	if !ok {
		return nil, fmt.Errorf("cuda: the device is the CPU; %s", why())
	}
	ordinal, err := strconv.Atoi(number)
	if err != nil {
		return nil, fmt.Errorf("cuda: device %q: %w", device.Name, err)
	}
	d, err := driver.Open()
	if err != nil {
		return nil, err
	}
	return open(d, ordinal)
}

// why says why there is no GPU.
func why() string {
	if os.Getenv("CLIPLAB_DEVICE") == "cpu" {
		return "CLIPLAB_DEVICE=cpu"
	}
	return Devices()[1].String()
}
