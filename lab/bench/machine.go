package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"cliplab/lab/ops"
)

// Machine is where figures were taken.
type Machine struct {
	Processor string  `json:"processor"`
	Cores     int     `json:"cores"`
	System    string  `json:"system"`
	Go        string  `json:"go"`
	Engine    string  `json:"engine"` // of lab/ops
	Load      float64 `json:"load"`   // of the last minute, before the run
	// Peak is GFLOP/s of one core by precision, with operands in the caches.
	Peak map[string]float64 `json:"peak"`
}

func thisMachine() Machine {
	return Machine{Processor: processor(), Cores: runtime.NumCPU(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Engine: ops.Current().Name(), Load: load(), Peak: peaks()}
}

func (m Machine) String() string {
	return fmt.Sprintf("%s\n%d cores, %s, %s, engine %s, load %.1f; a core's peak, GFLOP/s: "+
		"%.0f fp32, %.0f bf16, %.0f int8", m.Processor, m.Cores, m.System, m.Go, m.Engine, m.Load,
		m.Peak["f32"], m.Peak["bf16"], m.Peak["i8"])
}

// processor is its model as the system calls it; with the instructions that decide, since
// virtual machines hide the name.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	name := field(data, "model name")
	var has []string
	flags := strings.Fields(field(data, "flags"))
	for _, want := range []string{"avx2", "avx512f", "avx512_vnni", "avx512_bf16"} {
		for _, f := range flags {
			if f == want {
				has = append(has, want)
			}
		}
	}
	return fmt.Sprintf("%s (family %s, model %s; %s)", name, field(data, "cpu family"),
		field(data, "model"), strings.Join(has, " "))
}

// field is a line's value in the manner of /proc: "key : value".
func field(data []byte, key string) string {
	for line := range bytes.Lines(data) {
		k, v, ok := strings.Cut(string(line), ":")
		if ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func load() float64 {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(data), " ")
	x, _ := strconv.ParseFloat(first, 64)
	return x
}

// peakBytes is the most that was resident of this process, 0 where the system does not tell.
func peakBytes() int64 { return bytesOf("/proc/self/status", "VmHWM") }

// availableBytes is the memory that programs can still have, 0 where the system does not tell.
func availableBytes() int64 { return bytesOf("/proc/meminfo", "MemAvailable") }

// bytesOf is a field of a file of /proc that counts kB, 0 where there is none.
func bytesOf(path, key string) int64 {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	kilo, _ := strconv.ParseInt(strings.TrimSuffix(field(data, key), " kB"), 10, 64)
	return kilo << 10
}

func (s *server) info() Reply {
	if !s.gorgonia {
		return Reply{Name: "cliplab, " + ops.Current().Name(), Peak: peakBytes()}
	}
	name := "Gorgonia, stock ops"
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, d := range build.Deps {
			if d.Path == "gorgonia.org/gorgonia" {
				name = "Gorgonia " + strings.TrimPrefix(d.Version, "v") + ", stock ops"
			}
		}
	}
	return Reply{Name: name, Variants: map[string][]string{Step: {""}}, Peak: peakBytes()}
}
