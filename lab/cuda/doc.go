// Package cuda is the lab on NVIDIA GPUs: which devices there are, the ops of lab/ops as kernels,
// and a training step that stays on the device.
//
//	for _, d := range cuda.Devices() { fmt.Println(d) }
//	t, err := cuda.NewTrainer(cfg, 256, params, cuda.Options{Device: "auto", Precision: cuda.BF16})
//	result, err := t.Step(images, tokens, rate)
//	params, err = t.Params()
//
// Nothing of CUDA is needed to build or to start: package driver opens the machine's driver when
// it is first asked for, package kernels embeds the code. The environment variable CLIPLAB_DEVICE
// (cpu, auto, cuda, cuda:1) has the last word. Without a GPU the same tests run on the software
// device of package sim.
//
// The CPU's arithmetic is lab/ops, models as graphs are lab/graph; the Trainer computes what a
// graph of graph.NewCLIP and graph.AdamW do. README.md says what a machine with a GPU has to run,
// and what has never run on one. The training lesson moves to a GPU by one option.
//
// Legend: B batch, T tokens, P patches, C width, H heads, D embed dim, N pairs.
package cuda
