package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"cliplab/kernel/runner"
)

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
	exitSome   = 3 // of many inputs some were skipped
)

func main() {
	// The first Ctrl-C interrupts the cell and still writes the report, the second kills.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(execute(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// execute runs a command line and returns the exit status.
func execute(ctx context.Context, args []string, stdout, stderr *os.File) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "cliplab: "+strings.TrimSpace(err.Error()))
	var usage usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		return exitUsage
	}
	var some someError
	if errors.As(err, &some) {
		return exitSome
	}
	return exitFailed
}

// someError marks a command that did its work but for some of its inputs.
type someError struct{ error }

// usageError marks an error of the command line.
type usageError struct{ error }

// atLeastOne wants arguments and says which.
func atLeastOne(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{fmt.Errorf("%s wants a %s; see %s --help", c.Name(), what,
				c.CommandPath())}
		}
		return nil
	}
}

// atMost refuses further arguments and names the first one too many.
func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return usageError{fmt.Errorf("%s takes %d arguments, %q is one too many; see %s --help",
			c.Name(), n, args[n], c.CommandPath())}
	}
}

func newRoot(stdout, stderr *os.File) *cobra.Command {
	root := &cobra.Command{
		Use:   "cliplab",
		Short: "Go notebooks, and a lab for learning how CLIP works",
		Long: `cliplab runs Go notebooks without Jupyter, Python or a network, and knows CLIP: a lesson
becomes one HTML file that one can send to students.

The exit status is 0 when all went well, 1 when something failed (a cell, a file that is no
Go notebook, a full disk), 2 when the command line was wrong, and 3 when some of many pictures
were skipped.`,
		Example: `  cliplab report notebooks/01-clip-explained.ipynb
  cliplab run --keep-going notebooks/*.ipynb
  cliplab scorecard
  cliplab help report`,
		Version:           runner.Version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetVersionTemplate("cliplab {{.Version}}\n")
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	t := newTerminal(stderr)
	root.AddCommand(reportCommand(t, stdout), runCommand(t, stdout), trainCommand(),
		scoreCommand(), encodeCommand(stderr), classifyCommand(stderr), searchCommand(stderr),
		devicesCommand(), kernelCommand(stderr), installCommand(), uninstallCommand(),
		conformCommand(stdout), benchCommand(stdout, stderr),
		versionCommand())
	return root
}
