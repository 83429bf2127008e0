package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	peers "cliplab/lab/peers/bench"
)

// peer is a program that does some kinds of work. Aside are kinds where it is shown, but what
// must be reached is another's speed.
type peer struct {
	Program
	kinds, aside []string
}

// Names of peers that cases ask for.
const (
	pytorch  = "PyTorch"
	gorgonia = "Gorgonia"
	gomlx    = "GoMLX"
)

// allPeers are the peers as they would be started. Folder holds venv (Python's), node_modules and
// the program gomlx; "" is what is on PATH. Gorgonia's own ops are this program too.
func allPeers(folder, scripts string, ours Program) []peer {
	python, modules, mlx := "python3", "node_modules", "gomlx"
	if folder != "" {
		python = filepath.Join(folder, "venv", "bin", "python")
		modules, mlx = filepath.Join(folder, "node_modules"), filepath.Join(folder, "gomlx")
	}
	if absolute, err := filepath.Abs(modules); err == nil {
		modules = absolute
	}
	not := []string{"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS"}
	program := func(name, script string, args ...string) Program {
		return Program{Name: name, Args: append([]string{python, filepath.Join(scripts, script)},
			args...), Env: []string{"PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore"}, Not: not}
	}
	list := []peer{
		{program("ONNX Runtime (PyPI)", "ort.py"), []string{Image, Text, Open}, nil},
		{Program{Name: "ONNX Runtime (npm)", Args: []string{"node", filepath.Join(scripts, "ort.js")},
			Env: []string{"CLIPLAB_NODE_MODULES=" + modules}}, []string{Image, Text}, nil},
		{program("Pillow", "picture.py"), []string{JPEG}, nil},
		{program(pytorch, "torch_step.py"), []string{Step, Image, Text}, []string{Image, Text}},
		{Program{Name: gorgonia, Args: ours.Args, Env: append(slices.Clone(ours.Env),
			asGorgonia+"=1", fmt.Sprintf("GOMEMLIMIT=%d", availableBytes()/10*8))},
			[]string{Step}, nil},
		{Program{Name: gomlx, Args: []string{mlx}}, []string{Step}, nil},
	}
	for _, within := range []string{"numpy", "wheel"} {
		cores := []string{""}
		if runtime.GOARCH == "amd64" {
			cores = []string{"", "SkylakeX"}
		}
		for _, core := range cores {
			p := program(strings.TrimSpace("OpenBLAS ("+within+") "+core), "blas.py", within)
			if core != "" {
				p.Env = append(p.Env, "OPENBLAS_CORETYPE="+core)
			}
			kinds := []string{Gemm, Attention}
			if within == "wheel" {
				kinds = kinds[:1]
			}
			list = append(list, peer{p, kinds, nil})
		}
	}
	return list
}

// writeScripts unfolds the peers' scripts.
func writeScripts(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return fs.WalkDir(peers.Scripts, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := peers.Scripts.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, name), data, 0o644)
	})
}

// writeGraphs makes the ONNX graphs of some cases by the peers' own script.
func writeGraphs(ctx context.Context, ort Program, folder, scripts string, cases []Case) error {
	wanted := map[string]bool{}
	for _, c := range cases {
		switch c.Kind {
		case Image, Open:
			wanted["image/0/"+c.Peer] = true
		case Text:
			wanted[fmt.Sprintf("text/%d/%s", c.Tokens, c.Peer)] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	args := []string{filepath.Join(scripts, "graphs.py"), folder}
	for w := range wanted {
		args = append(args, w)
	}
	slices.Sort(args[2:])
	cmd := exec.CommandContext(ctx, ort.Args[0], args...)
	cmd.Env = append(os.Environ(), ort.Env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("bench: graphs for ONNX Runtime: %w",
			errors.Join(err, errors.New(lines[len(lines)-1])))
	}
	return nil
}

// contenders are a case's sides among started workers: each variant is one.
func contenders(workers []started, c Case) (count, aside []side) {
	for _, w := range workers {
		if c.Against != "" && c.Against != w.peer.Name {
			continue
		}
		for _, v := range w.worker.Info.Variants[c.Kind] {
			if slices.Contains(w.peer.aside, c.Kind) {
				aside = append(aside, side{w.worker, v})
			} else {
				count = append(count, side{w.worker, v})
			}
		}
	}
	return count, aside
}

// started is a peer that runs.
type started struct {
	peer   peer
	worker *worker
}
