// Package plain is every op of CLIP, forward and backward, as the loop of its formula: the slow
// and obvious version that judges the fast ones of package lab/ops.
//
// All functions are generic over float32 and float64. In float64 central differences check each
// gradient to eight digits, and what passed them is then the reference in float32.
//
// Legend: B batch, T tokens, P patches, C width, H heads, D embed dim, N pairs. Arrays are
// row-major, dst comes first, a nil gradient is not wanted and is left out. Nothing is checked:
// package ops does that. Notebook 01 reaches these through package lab.
package plain

import "math"

// Float is the arithmetic to compute in.
type Float interface{ ~float32 | ~float64 }

func exp[F Float](x F) F  { return F(math.Exp(float64(x))) }
func sqrt[F Float](x F) F { return F(math.Sqrt(float64(x))) }
