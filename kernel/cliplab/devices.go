package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"cliplab/lab"
)

func devicesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "devices",
		Short: "List the CPU and the GPUs, and say why a GPU is not used",
		Long: "Devices lists where \"cliplab train --device\" and Config.Device of a cell can train.\n" +
			"GPUs are NVIDIA's, through the driver alone: no CUDA toolkit is needed. The environment\n" +
			"variable CLIPLAB_DEVICE (cpu, auto, cuda, cuda:1) stands for all options when it is set.",
		Example: "  cliplab devices",
		Args:    atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), lab.Devices())
			return err
		},
	}
}
