// Command tower computes every number of the CLIPs in some files, for lab/peers/test_towers.py:
//
//	tower CASE.safetensors OUT.safetensors
//	tower counts
//
// counts prints the parameters and heads of every published shape as JSON. A case holds
// parameters in OpenAI's names, input:pixels, input:tokens, and the configuration in its
// metadata; see package lab/peers/points.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"

	"cliplab/lab/ops"
	"cliplab/lab/peers/points"
	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && args[0] == "counts" {
		return counts()
	}
	if len(args) != 2 {
		return fmt.Errorf("usage: tower CASE.safetensors OUT.safetensors, or tower counts")
	}
	c, err := points.Read(args[0])
	if err != nil {
		return err
	}
	out, err := c.All(ops.F32)
	if err != nil {
		return err
	}
	if c.Trained() {
		grads, err := c.Gradients()
		if err != nil {
			return err
		}
		maps.Copy(out, grads)
	}
	return safetensors.WriteFile(args[1], out, safetensors.F32, nil)
}

func counts() error {
	all := map[string]map[string]int{}
	for _, name := range tower.PublishedNames() {
		c, err := tower.Published(name)
		if err != nil {
			return err
		}
		total, _ := tower.Count(c)
		all[name] = map[string]int{"parameters": total, "vision_heads": c.VisionHeads,
			"text_heads": c.TextHeads}
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}
