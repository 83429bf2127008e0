package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cliplab/lab/names"
	"cliplab/lab/ops"
	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
)

// moderate is a vision tower of 28 million parameters: 113 MB of float32, 57 MB of halves. The
// largest matrix takes 9 MB.
var moderate = tower.Config{ImageSize: 64, PatchSize: 16, VisionWidth: 768, VisionLayers: 4,
	VisionHeads: 12, ContextLength: 8, VocabSize: 5000, TextWidth: 64, TextLayers: 1, TextHeads: 1,
	EmbedDim: 64}

// TestPeakMemory: in a process of its own, opening a checkpoint and encoding a picture take what is
// packed and little more, whatever type and names the file has.
func TestPeakMemory(t *testing.T) {
	if path := os.Getenv("CLIPLAB_TEST_OPEN"); path != "" {
		openAndTell(path)
		return
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not tell the most memory that a process took")
	}
	dir := t.TempDir()
	held := tower.Init(moderate, 5)
	packed := 4 * (28 << 20) / 1_000_000 // MB
	for _, c := range []struct {
		layout names.Layout
		dtype  safetensors.DType
	}{
		{names.OpenAI, safetensors.F32}, {names.OpenAI, safetensors.F16},
		{names.OpenAI, safetensors.BF16}, {names.Transformers, safetensors.F32},
		{names.Transformers, safetensors.F16},
	} {
		all := map[string]*Tensor{}
		for name, p := range held {
			for _, to := range names.Write(c.layout, name) {
				all[to.Tensor] = part(p, to)
			}
		}
		path := filepath.Join(dir, fmt.Sprintf("%s-%s.safetensors", c.layout, c.dtype))
		if err := safetensors.WriteFile(path, all, c.dtype, nil); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestPeakMemory$", "-test.v")
		cmd.Env = append(os.Environ(), "CLIPLAB_TEST_OPEN="+path)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found := regexp.MustCompile(`peak (\d+) kB above (\d+) kB`).FindSubmatch(out)
		if found == nil {
			t.Fatalf("no peak in %s", out)
		}
		peak, _ := strconv.Atoi(string(found[1]))
		t.Logf("%s names, %s: %d MB, of them %d packed", c.layout, c.dtype, peak/1000, packed)
		// A matrix, raw and float32, and what Go's heap grows ahead of its collector.
		if most := packed + 40; peak/1000 > most {
			t.Errorf("%s names, %s: opening takes %d MB, want %d at most", c.layout, c.dtype, peak/1000,
				most)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// openAndTell encodes a picture and says how much more memory the process took than before.
func openAndTell(path string) {
	before := memoryOf("VmRSS")
	m, err := Load(context.Background(), path)
	if err != nil {
		panic(err)
	}
	size := m.Config.ImageSize
	m.EncodeImage(&Tensor{Shape: []int{1, 3, size, size}, Data: make([]float32, 3*size*size)})
	fmt.Printf("peak %d kB above %d kB\n", memoryOf("VmHWM")-before, before)
}

// memoryOf is a line of /proc/self/status, in kB.
func memoryOf(what string) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				panic(err)
			}
			return n
		}
	}
	panic("no " + what)
}

// TestHalvesStayInTheFile: a large model in halves gives what the same numbers give as float32;
// only what is looked at is in memory, and when the file is cut each look is an error that says so.
func TestHalvesStayInTheFile(t *testing.T) {
	cfg := tiny(t).Config
	cfg.VocabSize = mapMin / 2 / cfg.TextWidth
	first := tower.Init(cfg, 3)
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := safetensors.WriteFile(path, first, safetensors.F16, nil); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	held, err := file.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	want, err := NewModel("held", cfg, held, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := load(t, path, WithPrecision(ops.F32))
	m.Config = cfg // its heads and activations cannot be seen
	pixels := &Tensor{Shape: []int{1, 3, 16, 16}, Data: make([]float32, 3*16*16)}
	tokens := &Tokens{IDs: [][]int{{5, 7, 9, cfg.VocabSize - 1, 0, 0, 0, 0}}}
	sameFeatures(t, "image", m.EncodeImage(pixels), want.EncodeImage(pixels))
	sameFeatures(t, "text", m.EncodeText(tokens), want.EncodeText(tokens))
	if m.params.Whole() {
		t.Error("all parameters were read for good")
	}
	packed := m.packed.encoder
	proj := m.Param("visual.proj")
	sameFeatures(t, "a parameter", proj, held["visual.proj"])
	if m.encoder() != packed {
		t.Error("to look at a parameter packs the model anew")
	}
	proj.Data[0] += 10
	m.Changed()
	held["visual.proj"] = proj
	sameFeatures(t, "image of a changed parameter", m.EncodeImage(pixels), want.EncodeImage(pixels))

	if err := os.Truncate(path, 5000); err != nil {
		t.Fatal(err)
	}
	for what, look := range map[string]func(){
		"text": func() { m.EncodeText(tokens) }, "parameters": func() { m.Params() },
		"one parameter": func() { m.Param("token_embedding.weight") },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, path) ||
					!strings.Contains(p, "load it again") {
					t.Errorf("%s of a cut file: panic %q", what, p)
				}
			}()
			look()
		}()
	}
	if err := m.Save(filepath.Join(t.TempDir(), "again"), nil); err == nil ||
		!strings.Contains(err.Error(), path) {
		t.Errorf("saving what is gone: %v", err)
	}
}
