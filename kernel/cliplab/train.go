package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"cliplab/kernel/cliplab/recipe"
	"cliplab/lab"
	"cliplab/lab/train"
)

// trainOptions are what the command line says about a training run.
type trainOptions struct {
	cfg        train.Config
	composites float64
	out, from  string
	loss       string
}

func trainCommand() *cobra.Command {
	o := &trainOptions{cfg: train.Small(), composites: recipe.Composites}
	o.cfg.Every = 200
	c := &cobra.Command{
		Use:   "train",
		Short: "Train the small CLIP that ships, from scratch",
		Long: "Train trains a CLIP on the drawings of nine artists and on pictures composed of them,\n" +
			"and writes the weights and the history of the run into a folder. It goes in three stages,\n" +
			"each from the weights of the one before: the second is 14/5 as long as the first, changes\n" +
			"pictures more and shows concepts that are alike together; the third, 3/5 as long as the\n" +
			"first, shows more composed pictures. With --from there is the one stage only. The same\n" +
			"seed and machine give the same weights. The whole recipe takes 90 minutes on two cores.\n\n" +
			"A run that was interrupted goes on with --resume and otherwise the same options, and\n" +
			"gives the weights that it would have given uninterrupted. With --chunk a batch may be\n" +
			"larger than memory; --freeze vision trains only the text tower. With --device cuda it runs\n" +
			"on an NVIDIA GPU, and may be resumed on another device.",
		Example: "  cliplab train --out lab/weights\n" +
			"  cliplab train --out try --steps 200 --batch 64\n" +
			"  cliplab train --out try --steps 200 --batch 64 --resume\n" +
			"  cliplab train --from lab/weights/cliplab-s.safetensors --out more --warmup 50\n" +
			"  cliplab train --out try --device cuda --precision bf16",
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	o.flags(c)
	return c
}

func (o *trainOptions) flags(c *cobra.Command) {
	f, cfg := c.Flags(), &o.cfg
	f.StringVarP(&o.out, "out", "o", "trained", "folder to write into")
	f.StringVar(&o.from, "from", "", "model to go on from; random parameters when empty")
	f.Float64Var(&o.composites, "composites", o.composites,
		"share of a batch that is composed of several drawings")
	f.IntVar(&cfg.Warmup, "warmup", cfg.Warmup, "steps of growing learning rate")
	f.IntVar(&cfg.Steps, "steps", cfg.Steps, "training steps of the first stage")
	f.IntVar(&cfg.Batch, "batch", cfg.Batch, "pairs a step")
	f.Float64Var(&cfg.Rate, "rate", cfg.Rate, "largest learning rate")
	f.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "where the random numbers start")
	f.IntVar(&cfg.Chunk, "chunk", 0, "pairs in memory at once, the gradients being the batch's; "+
		"0 is the whole batch")
	f.StringVar(&o.loss, "loss", "contrastive", "contrastive (CLIP) or sigmoid (SigLIP)")
	f.StringSliceVar(&cfg.Freeze, "freeze", nil,
		"what is not learned: vision, text, or beginnings of parameter names")
	f.Float64Var(&cfg.LayerDecay, "layer-decay", 0,
		"factor of the learning rate for each block below the top; 0 is off")
	f.IntVar(&cfg.Every, "every", cfg.Every, "steps between two checkpoints")
	f.StringVar(&cfg.Device, "device", "cpu", "where to train: cpu, cuda, cuda:1, cuda:0,cuda:1, "+
		"cuda:all or auto; \"cliplab devices\" lists them")
	f.StringVar(&cfg.Precision, "precision", "", "products on a GPU: fp32, tf32 or bf16")
	f.BoolVar(&cfg.Resume, "resume", false, "go on from the checkpoint in the folder")
}

func (o *trainOptions) run(c *cobra.Command) error {
	cfg := &o.cfg
	if cfg.Loss = train.Loss(o.loss); o.loss == "contrastive" {
		cfg.Loss = train.Contrastive
	}
	if o.from != "" {
		var err error
		if cfg.From, err = lab.Load(c.Context(), o.from); err != nil {
			return err
		}
		cfg.Tower = cfg.From.Config
		cfg.TextLength = min(cfg.TextLength, cfg.Tower.ContextLength)
	}
	cfg.Checkpoint = recipe.Checkpoint(o.out, 0)
	if err := cfg.Check(); err != nil {
		return usageError{err}
	}
	stages := recipe.Stages(*cfg)
	if o.from != "" {
		stages = stages[:1]
	}
	if o.out == "" {
		return usageError{errors.New("--out is empty; name a folder, such as trained")}
	}
	if err := writable(o.out); err != nil { // before an hour of training, not after
		return err
	}
	data := recipe.NewMixed()
	data.Composites = o.composites
	_, history, err := recipe.Train(c.Context(), stages, data, o.out)
	if history != nil && history.Steps() > 0 {
		fmt.Fprintln(c.OutOrStdout(), history)
	}
	return err
}
