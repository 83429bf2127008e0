package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"cliplab/kernel/conform"
	"cliplab/kernel/symbols"
)

// conformCommand runs Go's own test programs.
func conformCommand(stdout io.Writer) *cobra.Command {
	var asJSON, one bool
	o := conform.Options{Command: conformSelf}
	cmd := &cobra.Command{
		Use:   "conform DIR",
		Short: "Run the programs of Go's own test directory and count those that pass",
		Long: `Conform runs the programs of a test directory of Go, as $(go env GOROOT)/test, that begin
with "// run", each in a process of its own, and tells which fail and why. The exit status is
0 also then: Go's tests ask for some things that only a compiler has.`,
		Example: `  cliplab conform $(go env GOROOT)/test
  cliplab conform --json --limit 60s $(go env GOROOT)/test`,
		Args: cobra.MatchAll(atLeastOne("directory"), atMost(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if one {
				conform.Tell(stdout, conform.One(args[0], symbols.New()))
				return nil
			}
			return conformAll(cmd.Context(), stdout, args[0], o, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	cmd.Flags().DurationVar(&o.Limit, "limit", 20*time.Second, "time for one program")
	cmd.Flags().IntVarP(&o.Parallel, "parallel", "j", runtime.NumCPU(), "programs at once")
	cmd.Flags().BoolVar(&one, "one", false, "run one program in this process")
	_ = cmd.Flags().MarkHidden("one")
	return cmd
}

// conformSelf runs one program in another process of this command.
func conformSelf(ctx context.Context, file string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	return exec.CommandContext(ctx, self, "conform", "--one", file)
}

func conformAll(
	ctx context.Context, w io.Writer, dir string, o conform.Options, asJSON bool,
) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	programs, err := conform.Programs(dir)
	if err != nil {
		return err
	}
	if !asJSON {
		o.Done = func(out conform.Outcome) {
			if !out.Passed {
				fmt.Fprintf(w, "%s: %s\n", out.File, out.Reason)
			}
		}
	}
	r := conform.Run(ctx, dir, programs, o)
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(r)
	}
	_, err = fmt.Fprintf(w, "%d of %d passed\n", r.Passed, len(programs))
	return err
}
