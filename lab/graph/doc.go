// Package graph is CLIP as a Gorgonia graph, made of fused ops: a whole linear layer, layer norm
// or attention is one node, and so is each of its gradients. Arithmetic is that of lab/ops;
// differentiation and execution are stock Gorgonia (G.Grad, G.NewTapeMachine).
//
//	g := G.NewGraph()
//	clip := graph.NewCLIP(g, cfg, batch, seed)
//	_, err := G.Grad(clip.Loss, clip.Learnables()...)
//	vm := G.NewTapeMachine(g)
//	opt := graph.NewAdamW()
//	for step := range steps {
//		clip.SetBatch(images, tokens)
//		err = vm.RunAll()
//		err = opt.Step(clip.Learnables(), lr)
//		vm.Reset()
//	}
//
// The ops are functions from nodes to a node (Linear, LayerNorm, Attention, QuickGELU, Embedding,
// Convolution, BatchNorm, Normalize, ContrastiveLoss …). Like Gorgonia's shapes, theirs are fixed
// when the graph is built; arguments that do not fit panic with the shapes. Arithmetic is float32,
// on the host.
//
// Options freeze parameters, take a side's features from elsewhere, and choose the objective:
// CLIP's loss, SigLIP's, or gradients of features that a loss over many chunks has given. Machine
// is a tape machine whose later runs make no objects and whose outputs share memory; package
// train steps with it. Package stock is the same model of Gorgonia's own ops, to compare with.
//
// The image tower is a vision transformer or OpenAI's modified ResNet (resnet.go). A ResNet's cells
// are [B, S, S, C], channels innermost, so that a 1×1 convolution is one product. A 3×3 one is a
// product over columns, nine cells side by side, which are laid out block by block and again for
// the gradient of the weights instead of being kept (convolution.go). What joins a bottleneck is
// one op: batch norm, residual, ReLU; its gradient makes those of the way around the branch too,
// and leaves the input's in a fork, as residuals of transformers do, for the branch's first
// convolution to add to its own (batchnorm.go): nothing is left to Gorgonia to add up in place.
// Batch norms take the batch's statistics, or running ones with Options.RunningStatistics or a
// frozen gain. Running ones move in UpdateStatistics alone, which a loop calls once a step, after
// the optimiser: as PyTorch does in every forward pass.
//
// How an op must look for Gorgonia 0.9.18 to leave it alone is written in op.go. Notebook 01
// trains with it in step 10.
package graph
