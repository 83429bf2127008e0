// Package train trains a CLIP from scratch: batches of pictures with captions, augmented,
// through the Gorgonia graph of lab/graph, with the recipe of the paper (section 2.5 and
// table 18): AdamW with decoupled weight decay on matrices only, linear warm-up, cosine
// decay, and a learned temperature that is clamped at exp(t) = 100.
//
// It takes data through the interface Source and so knows no data set; it shows progress
// through lab/progress and so knows no front end. The notebook that teaches it is
// notebooks/01-clip-explained.ipynb, which also writes the same loop by hand.
package train
