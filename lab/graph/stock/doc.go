// Package stock is CLIP's training step of Gorgonia's own ops alone: what package graph replaces
// by fused ops, written as a user of Gorgonia would write it. It is the measure of what they
// gain, and nothing else uses it: a step takes several times as long and allocates all its
// intermediate values anew.
//
// It differs from package graph in form only: pictures come cut into patches with a row of zeros
// in front, where the class token's place is; one token of a sequence is picked by a product
// with a matrix of zeros and ones.
// No notebook teaches it; `cliplab bench step` and the benchmarks of this package run it.
package stock
