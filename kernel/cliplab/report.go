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

	"cliplab/kernel/ipynb"
	"cliplab/kernel/report"
	"cliplab/kernel/runner"

	"github.com/spf13/cobra"
)

// settings are the flags that report and run share.
type settings struct {
	to        string
	output    string
	outputDir string
	keepGoing bool
	timeout   time.Duration
	params    []string
}

func (s *settings) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&s.output, "output", "o", "", "name of the file to write, in --output-dir if "+
		"that is\ngiven; the ending may be left out (default: the notebook's name)")
	f.StringVar(&s.outputDir, "output-dir", "", "folder of the output (default: the notebook's)")
	f.BoolVarP(&s.keepGoing, "keep-going", "k", false, "go on after a cell that failed")
	f.DurationVar(&s.timeout, "timeout", 0, "interrupt a cell after this time, such as 90s "+
		"(default: never)")
	f.StringArrayVarP(&s.params, "param", "p", nil, "NAME=VALUE: set a variable after the "+
		"cell tagged parameters; repeatable")
}

func reportCommand(t *terminal, stdout io.Writer) *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "report NOTEBOOK...",
		Short: "Execute notebooks and write self-contained HTML reports",
		Long: `Report executes every cell of a notebook in a fresh session and writes one HTML file
that needs nothing else: pictures, formulas and fonts are inside, no network is used.

A cell that fails stops the notebook; its number, line and message are told, the report up
to there is still written, and the exit status is 1. The notebook itself is not changed.
So it goes with Ctrl-C, with --timeout, and with a cell that fills the memory; long printed
text is cut in the report and whole in a file beside it, in REPORT_files.
The path of the report is the last line on stdout.`,
		Example: `  cliplab report notebooks/01-clip-explained.ipynb
  cliplab report --to both --output-dir out lesson.ipynb
  cliplab report --output /tmp/today.html -p steps=50 -p name=Ada lesson.ipynb
  cliplab report --keep-going --timeout 2m lesson.ipynb`,
		Args: atLeastOne("notebook"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.each(cmd.Context(), t, stdout, args)
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&s.to, "to", "html", "html, ipynb (the executed notebook) or both")
	return cmd
}

func runCommand(t *terminal, stdout io.Writer) *cobra.Command {
	s := settings{to: "none"}
	cmd := &cobra.Command{
		Use:   "run NOTEBOOK...",
		Short: "Execute notebooks without rendering them",
		Long: `Run executes every cell of a notebook in a fresh session, as a test does. Nothing is
written unless --output or --output-dir asks for the executed notebook. The exit status is 1
if a cell failed.`,
		Example: `  cliplab run lesson.ipynb
  cliplab run --keep-going notebooks/*.ipynb
  cliplab run --output executed.ipynb -p seed=7 lesson.ipynb`,
		Args: atLeastOne("notebook"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.output != "" || s.outputDir != "" {
				s.to = "ipynb"
			}
			return s.each(cmd.Context(), t, stdout, args)
		},
	}
	s.flags(cmd)
	return cmd
}

// each executes the notebooks one after the other, each in its own session. All are executed
// even if one fails.
func (s *settings) each(ctx context.Context, t *terminal, stdout io.Writer, args []string) error {
	switch {
	case s.to != "html" && s.to != "ipynb" && s.to != "both" && s.to != "none":
		return usageError{fmt.Errorf("--to is %q; it can be html, ipynb or both", s.to)}
	case s.output != "" && len(args) > 1:
		return usageError{errors.New("--output names one file, but there are several notebooks; " +
			"use --output-dir")}
	case s.timeout < 0:
		return usageError{fmt.Errorf("--timeout is %v; it must be positive, such as 90s", s.timeout)}
	}
	var params []runner.Parameter
	for _, p := range s.params {
		param, err := runner.ParseParameter(p)
		if err != nil {
			return usageError{trim(err)}
		}
		params = append(params, param)
	}
	var failed error
	for _, name := range args {
		failed = errors.Join(failed, s.one(ctx, t, stdout, name, params))
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

// one executes a notebook and writes what was asked for, also when a cell failed.
func (s *settings) one(ctx context.Context, t *terminal, stdout io.Writer, name string,
	params []runner.Parameter) error {
	nb, err := ipynb.ReadFile(name)
	if err != nil {
		return trim(err)
	}
	if err := runner.CheckLanguage(nb); err != nil {
		return fmt.Errorf("%s: %w", name, trim(err))
	}
	base := s.base(name)
	if s.to != "none" {
		if err := writable(filepath.Dir(base)); err != nil {
			return err
		}
		for ending, out := range map[string]string{"html": base + ".html",
			"ipynb": s.executedName(base, name)} {
			if err := noFolder(out); err != nil && (s.to == "both" || s.to == ending) {
				return err
			}
		}
	}
	spill := &spills{base: base, off: s.to == "none"}
	sum, runErr := runNotebook(ctx, t, name, nb, runner.Options{
		KeepGoing: s.keepGoing, CellTimeout: s.timeout, Parameters: params, Spill: spill.open,
	})
	if sum == nil {
		return trim(runErr)
	}
	var paths []string
	if s.to == "ipynb" || s.to == "both" {
		paths = append(paths, s.executedName(base, name))
		if err := save(paths[len(paths)-1], nb.Write); err != nil {
			return err
		}
	}
	if s.to == "html" || s.to == "both" {
		stem := strings.TrimSuffix(filepath.Base(name), ".ipynb")
		var page bytes.Buffer
		opt := report.Options{Dir: filepath.Dir(name), Name: stem}
		if err := report.Write(&page, nb, opt); err != nil {
			return trim(err)
		}
		paths = append(paths, base+".html")
		if err := save(base+".html", copyOf(page.Bytes())); err != nil {
			return err
		}
	}
	t.summary(sum, runErr)
	for _, p := range paths {
		fmt.Fprintln(stdout, p)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: interrupted", name)
	case len(sum.Failures) > 1:
		return fmt.Errorf("%s: %d cells failed, first %w", name, len(sum.Failures), &sum.Failures[0])
	case len(sum.Failures) > 0:
		return fmt.Errorf("%s: %w", name, &sum.Failures[0])
	}
	return runErr
}

// base is the path of the outputs without their ending: beside the notebook, or in
// --output-dir, or where --output says.
func (s *settings) base(notebook string) string {
	name := strings.TrimSuffix(filepath.Base(notebook), ".ipynb")
	if s.output != "" {
		name = s.output
		for _, ending := range []string{".html", ".ipynb"} {
			name = strings.TrimSuffix(name, ending)
		}
		return filepath.Join(s.outputDir, name)
	}
	if s.outputDir != "" {
		return filepath.Join(s.outputDir, name)
	}
	return filepath.Join(filepath.Dir(notebook), name)
}

// executedName is the path of the executed notebook. The notebook that was read is only
// written over if --output names it.
func (s *settings) executedName(base, notebook string) string {
	out := base + ".ipynb"
	a, err1 := os.Stat(out)
	b, err2 := os.Stat(notebook)
	if s.output == "" && err1 == nil && err2 == nil && os.SameFile(a, b) {
		return base + ".executed.ipynb"
	}
	return out
}

// trim leaves out the name of the package, which says nothing to who runs the command.
func trim(err error) error {
	if err == nil {
		return nil
	}
	msg := err.Error()
	for _, p := range []string{"ipynb: ", "runner: ", "report: ", "kernelspec: "} {
		msg = strings.TrimPrefix(msg, p)
	}
	return fmt.Errorf("%s", msg)
}
