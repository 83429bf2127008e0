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
		Use:     "scorecard [MODEL]",
		Aliases: []string{"score"},
		Short:   "Score a model on pictures that it never saw",
		Long: "Scorecard measures retrieval and zero-shot classification of the held-out artist,\n" +
			"the hat probe with its controls, and linear probes of a few examples. Beside each\n" +
			"number stands its null level: what the same measurement gives where there is nothing\n" +
			"to find. MODEL is whatever lab.Load opens; without it the built-in model.",
		Example: "  cliplab scorecard\n  cliplab scorecard trained/cliplab-s.safetensors",
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
			card, err := recipe.MeasureCard(model)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s\n\n%s\n%s", model, card.Score, card)
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
