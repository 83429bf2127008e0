// Package points gives every number of a CLIP that open_clip and Hugging Face transformers can be
// compared in: each traced intermediate of both towers, features, logits, loss, and through
// package lab/graph the gradient of every parameter.
//
// The tests of lab/tower and the command lab/peers/tower share it. It is for tests alone: no
// notebook uses it.
package points
