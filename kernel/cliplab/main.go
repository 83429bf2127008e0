// Command cliplab runs Go notebooks and the CLIP lab: it executes a notebook in a fresh
// session and writes it as one HTML file, trains the model that ships, and scores it.
//
//	go run ./kernel/cliplab report notebooks/01-clip-explained.ipynb
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, as nbconvert's: 1 when something failed, 2 when the command was misused.
const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError marks an error of the command line.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "cliplab:", err)
	var usage usageError
	if errors.As(err, &usage) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cliplab",
		Short: "Go notebooks, and a lab for learning how CLIP works",
		Long: "cliplab runs Go notebooks without Jupyter, Python or a network, and knows CLIP:\n" +
			"a lesson becomes one HTML file that one can send to students.\n\n" +
			"Exit code 0 is success, 1 a failure (a cell, a file), 2 a wrong command line.",
		Example: "  cliplab report notebooks/01-clip-explained.ipynb\n" +
			"  cliplab run homework.ipynb --keep-going\n" +
			"  cliplab score",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	cmd.AddCommand(reportCommand(), runCommand(), trainCommand(), scoreCommand(), versionCommand())
	return cmd
}

// one wants exactly one argument and says which.
func one(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s wants one %s, not %d; see %s --help",
				c.Name(), what, len(args), c.CommandPath())}
		}
		return nil
	}
}
