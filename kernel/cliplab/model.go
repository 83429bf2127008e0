package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"cliplab/kernel/cliplab/recipe"
	"cliplab/kernel/runner"
	"cliplab/lab"
	"cliplab/lab/train"
)

func trainCommand() *cobra.Command {
	cfg, composites := train.Small(), recipe.Composites
	var out, from string
	c := &cobra.Command{
		Use:   "train",
		Short: "Train the small CLIP that ships, from scratch",
		Long: "Train trains a CLIP on the drawings of two artists and on pictures composed of them,\n" +
			"and writes the weights and the history of the run into a folder. It goes in two stages:\n" +
			"the second is 5/12 as long as the first, goes on from its weights, and starts its\n" +
			"learning rate anew, lower. With --from there is the one stage only. The same seed and\n" +
			"machine give the same weights. The whole recipe takes 80 minutes on two cores.",
		Example: "  cliplab train --out lab/weights\n" +
			"  cliplab train --out try --steps 200 --batch 64\n" +
			"  cliplab train --from lab/weights/cliplab-s.safetensors --out more --warmup 50",
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			stages := recipe.Stages(cfg)
			if from != "" {
				var err error
				if cfg.From, err = lab.Load(c.Context(), from); err != nil {
					return err
				}
				stages = []train.Config{cfg}
			}
			if err := cfg.Check(); err != nil {
				return usageError{err}
			}
			if err := writable(out); err != nil { // before an hour of training, not after
				return err
			}
			data := recipe.NewMixed()
			data.Composites = composites
			_, history, err := recipe.Train(c.Context(), stages, data, out)
			if history != nil {
				fmt.Fprintln(c.OutOrStdout(), history)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "trained", "folder to write into")
	f.StringVar(&from, "from", "", "model to go on from; random parameters when empty")
	f.Float64Var(&composites, "composites", composites,
		"share of a batch that is composed of several drawings")
	f.IntVar(&cfg.Warmup, "warmup", cfg.Warmup, "steps of growing learning rate")
	f.IntVar(&cfg.Steps, "steps", cfg.Steps, "training steps of the first stage")
	f.IntVar(&cfg.Batch, "batch", cfg.Batch, "pairs a step")
	f.Float64Var(&cfg.Rate, "rate", cfg.Rate, "largest learning rate")
	f.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "where the random numbers start")
	return c
}

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
