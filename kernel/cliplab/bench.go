package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"cliplab/lab/bench"
)

// benchCommand measures the lab beside its peers.
func benchCommand(stdout, stderr *os.File) *cobra.Command {
	var o bench.Options
	var asJSON, serve string
	c := &cobra.Command{
		Use:   "bench GROUP...",
		Short: "Measure the lab side by side with ONNX Runtime, OpenBLAS, PyTorch and Pillow",
		Long: "Bench measures encoders, gemm (products), open (a checkpoint), jpeg and step\n" +
			"(training, also beside Gorgonia's stock ops and GoMLX) in one run with those who do\n" +
			"the same: CPU time of one thread, in turns, medians; the best time on two cores\n" +
			"beside it. DIR is an absolute path. Weights are random, from a seed, the\n" +
			"same for all.\n\n" +
			"Peers are processes of their own. They are looked for in the folder of --peers:\n\n" +
			"  python3 -m venv DIR/venv\n" +
			"  DIR/venv/bin/pip install -r lab/peers/bench/requirements.txt\n" +
			"  npm install --prefix DIR --ignore-scripts onnxruntime-node\n" +
			"  CGO_ENABLED=0 GOEXPERIMENT=simd go build -C lab/peers/bench/gomlx -o DIR/gomlx\n\n" +
			"without it, as python3 and node on PATH. Who is missing is told and not counted.\n" +
			"GROUP is " + strings.Join(bench.Groups, ", ") + " or all.",
		Example: "  cliplab bench encoders\n" +
			"  cliplab bench all --peers DIR --json figures.json --times 9\n" +
			"  cliplab bench step --large --only ViT",
		RunE: func(c *cobra.Command, args []string) error {
			if serve != "" {
				return trim(bench.Serve(os.Stdin, stdout, serve))
			}
			if len(args) == 0 {
				return usageError{fmt.Errorf("bench wants a group: %s or all; see cliplab bench --help",
					strings.Join(bench.Groups, ", "))}
			}
			if o.Times < 1 {
				return usageError{fmt.Errorf("--times is %d; it must be positive", o.Times)}
			}
			if _, err := bench.Select(args, o.Only, o.Large); err != nil {
				return usageError{err}
			}
			o.Groups = args
			return measure(c, o, asJSON, stdout, stderr)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Peers, "peers", "", "folder of the peers' venv and node_modules")
	f.StringVar(&asJSON, "json", "", "file for the figures as JSON; - is stdout")
	f.IntVar(&o.Times, "times", 7, "turns of each side")
	f.StringVar(&o.Only, "only", "", "measure only cases with this in their names, as image/bf16")
	f.StringVar(&o.Folder, "folder", "", "keep weights and graphs here for the next run (3 GB)")
	f.BoolVar(&o.Large, "large", false, "also a training step of ViT-B/32")
	f.StringVar(&serve, "serve", "", "be a worker on the workload of this folder")
	_ = f.MarkHidden("serve")
	return c
}

// measure runs the bench and prints what it found.
func measure(c *cobra.Command, o bench.Options, asJSON string, stdout, stderr *os.File) error {
	self, err := ownProgram()
	if err != nil {
		return err
	}
	o.Ours = bench.Program{Name: "cliplab", Args: []string{self, "bench", "--serve"}}
	o.Watch = func(line string) { fmt.Fprintln(stderr, line) }
	o.Figure = func(f bench.Figure) { fmt.Fprintln(stderr, "  "+f.Line()) }
	r, err := bench.Run(c.Context(), o)
	if err != nil {
		return err
	}
	if asJSON == "-" {
		return writeJSON(stdout, r)
	}
	if err := r.WriteTable(stdout); err != nil {
		return err
	}
	if asJSON == "" {
		return nil
	}
	file, err := os.Create(asJSON)
	if err != nil {
		return err
	}
	if err := writeJSON(file, r); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func writeJSON(f *os.File, r *bench.Report) error {
	e := json.NewEncoder(f)
	e.SetIndent("", " ")
	return e.Encode(r)
}
