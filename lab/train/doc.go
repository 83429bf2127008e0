// Package train trains a CLIP: batches of pictures with captions, augmented, through the
// Gorgonia graph of lab/graph, with the recipe of the paper (section 2.5 and table 18): AdamW
// with decoupled weight decay on matrices only, linear warm-up, cosine decay, and a learned
// temperature that is clamped at exp(t) = 100.
//
//	model, history, err := train.Run(ctx, train.Small(), source)
//
//	config.go      a recipe; Small from scratch, FineTune from a model
//	run.go         Run: the loop, under a progress bar, that keeps the last good model
//	stepper.go     Stepper: one step on a batch that is handed to it
//	chunked.go     batches larger than memory, with the gradients of the whole batch
//	device.go      the same steps on NVIDIA GPUs, by Config.Device
//	freeze.go      what is not learned; encoder.go computes a frozen tower's features once
//	checkpoint.go  a run on disk, resumed to the bit
//	loader.go      batches made ahead; augment.go, warp.go change their pictures
//	history.go     what a run wrote down; show.go as a table
//	warn.go        all warnings and what to try
//
// It takes data through the interface Source and so knows no data set; it shows progress
// through lab/progress and so knows no front end: who wants a picture while it runs draws the
// history in Config.Watch. The notebook that teaches it is notebooks/01-clip-explained.ipynb,
// which also writes the same loop by hand.
package train
