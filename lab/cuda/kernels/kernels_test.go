package kernels

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNotStale(t *testing.T) {
	if why := Stale(); why != "" {
		t.Error(why)
	}
}

// NVIDIA's assembler takes the PTX for the cards that it is meant for, and keeps the kernels of
// usual heads out of slow memory.
func TestAssembles(t *testing.T) {
	ptxas := os.Getenv("CLIPLAB_PTXAS")
	if ptxas == "" {
		ptxas, _ = exec.LookPath("ptxas")
	}
	if ptxas == "" {
		t.Skip("no ptxas in PATH or CLIPLAB_PTXAS; pip install nvidia-cuda-nvcc-cu12 has one")
	}
	ptx, err := PTX()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "kernels.ptx")
	if err := os.WriteFile(name, ptx, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, card := range []string{"sm_80", "sm_90"} {
		out, err := exec.Command(ptxas, "-v", "-arch="+card, name, "-o", os.DevNull).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", card, err, out)
		}
		spills(t, card, string(out))
	}
}

// spills complains of kernels that keep more than a few registers in memory. Attention of heads 128
// wide does in fp32, and going backward in tf32: a thread, or a warp, holds up to four rows.
func spills(t *testing.T, card, log string) {
	kernel := ""
	for line := range strings.Lines(log) {
		if _, name, ok := strings.Cut(line, "Function properties for "); ok {
			kernel = strings.TrimSpace(name)
		}
		wide := strings.HasPrefix(kernel, "attention") && strings.HasSuffix(kernel, "_128")
		if !strings.Contains(line, "spill stores") || wide && !strings.Contains(kernel, "bf16") {
			continue
		}
		fields := strings.Fields(line)
		if n := fields[4]; len(n) > 2 {
			t.Errorf("%s: %s spills %s bytes", card, kernel, n)
		}
	}
}
