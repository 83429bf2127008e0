package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"cliplab/kernel/comm"
	"cliplab/kernel/display"
	"cliplab/kernel/history"
	"cliplab/kernel/jupyter"
	"cliplab/kernel/report"
	"cliplab/kernel/runner"
	"cliplab/kernel/wire"
	"cliplab/lab/cores"
	"cliplab/lab/progress"
)

func kernelCommand(log *os.File) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "kernel CONNECTION_FILE",
		Short: "Run the Jupyter kernel (front ends start this)",
		Long: "Kernel serves one front end's notebook over the channels that the connection file\n" +
			"names, until it is shut down or its parent dies. Jupyter starts it once\n" +
			"\"cliplab install\" has told Jupyter where it is.",
		Example: "  cliplab kernel kernel-1.json\n  jupyter console --existing kernel-1.json",
		Args:    atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				file = args[0]
			}
			if file == "" {
				return usageError{errNoConnection}
			}
			connection, err := wire.ReadConnection(file)
			if err != nil {
				return err
			}
			return serve(connection, file, log)
		},
	}
	c.Flags().StringVarP(&file, "connection-file", "f", "",
		"the connection file, as other kernels take it")
	return c
}

var errNoConnection = errors.New("kernel wants a connection file, which Jupyter writes; to use " +
	"the kernel run \"cliplab install\" and then Jupyter")

// spareThreads lets a busy kernel answer the heartbeat in 0.2 milliseconds; without them
// it took 15.
const spareThreads = 4

// serve runs the kernel with the lab compiled in.
func serve(connection *wire.Connection, file string, log *os.File) error {
	defer progress.SetSink(&bars{shown: map[*progress.Bar]*display.Handle{}})()
	cores.Reserve(spareThreads)
	display.SetMath(report.MathML)
	inputs, err := history.Open(history.Path(runtime.GOOS, os.Getenv), history.DefaultLimit)
	if err != nil {
		fmt.Fprintln(log, "cliplab kernel:", err)
	}
	inputs.OnWarning(func(err error) { fmt.Fprintln(log, "cliplab kernel:", err) })
	return jupyter.Serve(context.Background(), jupyter.Options{
		Connection: connection, Cells: newCells(), Version: runner.Version(), Log: log,
		History: inputs, Comms: comm.Default(),
		ConnectionFile: filepath.Join(filepath.Dir(file), fmt.Sprintf("kernel-%d.json", os.Getpid())),
	})
}
