package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cliplab/kernel/ipynb"
	"cliplab/kernel/report"
	"cliplab/kernel/runner"
	"cliplab/kernel/session"
	"cliplab/kernel/symbols"
)

// execution is what report and run have in common.
type execution struct {
	output    string
	outputDir string
	keepGoing bool
	timeout   time.Duration
	params    []string
}

func (e *execution) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&e.output, "output", "o", "", "name of the file to write")
	f.StringVar(&e.outputDir, "output-dir", "", "folder to write into; the notebook's own when empty")
	f.BoolVarP(&e.keepGoing, "keep-going", "k", false, "go on after a cell that fails")
	f.DurationVar(&e.timeout, "timeout", 0, "interrupt a cell after this time, as 90s; 0 is never")
	f.StringArrayVarP(&e.params, "param", "p", nil,
		"NAME=VALUE for the cell tagged \"parameters\"; may be repeated")
}

func reportCommand() *cobra.Command {
	var e execution
	var to string
	c := &cobra.Command{
		Use:   "report NOTEBOOK",
		Short: "Execute a notebook and write it as one HTML file",
		Long: "report executes every cell in a fresh session and writes one HTML file that needs\n" +
			"nothing else: pictures, fonts and formulas are inside. The path is printed last.\n" +
			"A cell that fails stops it, with exit code 1; the report up to there is written.",
		Example: "  cliplab report notebooks/01-clip-explained.ipynb\n" +
			"  cliplab report lesson.ipynb --to both --output-dir out\n" +
			"  cliplab report lesson.ipynb --keep-going --timeout 2m -p steps=50",
		Args: one("notebook"),
		RunE: func(c *cobra.Command, args []string) error {
			if to != "html" && to != "ipynb" && to != "both" {
				return usageError{fmt.Errorf("--to is %q; it can be html, ipynb or both", to)}
			}
			nb, failure, err := e.execute(c.Context(), args[0])
			if err != nil {
				return err
			}
			return errors.Join(e.write(c.OutOrStdout(), args[0], nb, to), failure)
		},
	}
	e.flags(c)
	c.Flags().StringVar(&to, "to", "html", "what to write: html, ipynb or both")
	return c
}

func runCommand() *cobra.Command {
	var e execution
	c := &cobra.Command{
		Use:   "run NOTEBOOK",
		Short: "Execute a notebook without rendering it",
		Long: "run executes every cell in a fresh session. With --output or --output-dir it writes\n" +
			"the executed notebook; without, it only says whether all cells work.",
		Example: "  cliplab run homework.ipynb\n  cliplab run homework.ipynb -o executed.ipynb",
		Args:    one("notebook"),
		RunE: func(c *cobra.Command, args []string) error {
			nb, failure, err := e.execute(c.Context(), args[0])
			if err != nil {
				return err
			}
			if e.output == "" && e.outputDir == "" {
				return failure
			}
			return errors.Join(e.write(c.OutOrStdout(), args[0], nb, "ipynb"), failure)
		},
	}
	e.flags(c)
	return c
}

// execute runs a notebook. failure is what went wrong in its cells, err what went wrong
// before there was anything to write.
func (e *execution) execute(ctx context.Context, path string) (nb *ipynb.Notebook, failure, err error) {
	opt := runner.Options{KeepGoing: e.keepGoing, CellTimeout: e.timeout}
	for _, p := range e.params {
		parameter, err := runner.ParseParameter(p)
		if err != nil {
			return nil, nil, usageError{err}
		}
		opt.Parameters = append(opt.Parameters, parameter)
	}
	if nb, err = ipynb.ReadFile(path); err != nil {
		return nil, nil, err
	}
	term := newTerminal(os.Stderr)
	defer term.close()
	opt.Progress = term.cell
	table := symbols.New()
	session := session.Options{Packages: table, Paths: symbols.Paths}
	summary, failure := runner.Run(ctx, nb, runner.NewGo(session), opt)
	if summary == nil {
		return nil, nil, fmt.Errorf("%s: %w", path, failure)
	}
	term.summary(summary)
	if failure == nil && len(summary.Failures) > 0 {
		failure = fmt.Errorf("%d of %d cells failed", len(summary.Failures), summary.Cells)
	}
	return nb, failure, nil
}

// write writes the files and prints their paths.
func (e *execution) write(out io.Writer, path string, nb *ipynb.Notebook, to string) error {
	for _, kind := range []string{"ipynb", "html"} {
		if to != kind && to != "both" {
			continue
		}
		target, err := e.target(path, kind)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if kind == "html" {
			err = report.Write(&b, nb, report.Options{Dir: filepath.Dir(path), Name: stem(path)})
		} else {
			err = nb.Write(&b)
		}
		if err != nil {
			return err
		}
		if err := replace(target, b.Bytes()); err != nil {
			return err
		}
		fmt.Fprintln(out, target)
	}
	return nil
}

func stem(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// target names a file. The notebook that was read is never written over unless asked for by
// name.
func (e *execution) target(path, kind string) (string, error) {
	name := stem(path) + "." + kind
	if kind == "ipynb" && e.outputDir == "" {
		name = stem(path) + ".executed.ipynb"
	}
	if e.output != "" {
		name = strings.TrimSuffix(e.output, "."+kind) + "." + kind
	}
	dir := e.outputDir
	if dir == "" && (e.output == "" || !strings.ContainsRune(e.output, filepath.Separator)) {
		dir = filepath.Dir(path)
		if e.output != "" {
			dir = "."
		}
	}
	target := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return "", err
	}
	return target, nil
}

// replace puts a file in its place when it is whole: a failure leaves what was there.
func replace(path string, data []byte) error {
	temporary := path + ".part"
	if err := os.WriteFile(temporary, data, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
