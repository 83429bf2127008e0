// Package names is the one table of what the parameters of a CLIP are called by those who
// publish them:
//
//	OpenAI, open_clip   visual.transformer.resblocks.0.attn.in_proj_weight
//	open_clip, custom   the same with text. before those of the text tower
//	transformers        vision_model.encoder.layers.0.self_attn.{q,k,v}_proj.weight
//
// The lab uses OpenAI's. transformers keeps queries, keys and values apart and has its two
// projections the other way round ([embed, width]); Read says which tensors of a file make each
// parameter, Write what is to be written for one.
//
// It holds no tensors and reads no files. Source: openai/CLIP clip/model.py, open_clip
// src/open_clip/model.py, transformers modeling_clip.py. Notebook 02 shows it.
package names
