// Package trace records what passes through a tower: each intermediate by the name of the module
// that computes it in OpenAI's and open_clip's checkpoints, with its shape and its formula.
//
//	t := model.TraceImage(pixels, "visual.transformer.resblocks.*.attn.weights")
//	t.Attention(11)  // [batch, heads, tokens, tokens]
//	t.Rollout(0)     // [tokens, tokens]: what each token of picture 0 is made of
//
// Only what was asked for is kept, and nothing when there is no trace. Package lab/tower fills
// it. It runs no tower and draws nothing. The notebook that teaches it is
// notebooks/02-inside-the-towers.ipynb.
package trace
