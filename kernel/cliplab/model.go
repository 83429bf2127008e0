package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"cliplab/kernel/cliplab/recipe"
	"cliplab/kernel/runner"
	"cliplab/lab"
)

func scoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "score [MODEL]",
		Short: "Score a model on pictures that it never saw",
		Long: "Score measures zero-shot classification of the held-out artist and the hat probe\n" +
			"with its controls. MODEL is a safetensors file; without it the built-in model.",
		Example: "  cliplab score\n  cliplab score trained/cliplab-s.safetensors",
		Args:    atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := lab.Shipped
			if len(args) > 0 {
				name = args[0]
			}
			model, err := lab.Load(c.Context(), name)
			if err != nil {
				return err
			}
			score, err := recipe.Measure(model)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s\n\n%s", model, score)
			return nil
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  cliplab version",
		Args:    atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			fmt.Fprintln(c.OutOrStdout(), "cliplab", runner.Version())
			return nil
		},
	}
}
