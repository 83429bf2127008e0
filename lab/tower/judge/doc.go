// Package judge is a whole CLIP, both towers and the loss, in float64 and in the plain loops of
// lab/ops/plain: what package tower and package graph are tested against. It is far too slow for
// anything else.
//
// Its gradients are central differences of its loss, so it depends on no backward pass.
package judge
