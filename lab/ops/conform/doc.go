// Package conform is the one conformance suite of all engines: those of lab/ops, plain, portable
// and with kernels of assembly, and that of lab/cuda on a GPU or its simulator. Every op, forward
// and backward, on edges and on shapes drawn at random, with fresh random numbers, is judged by
// lab/ops/plain in float64.
//
//	seed := conform.Seed(t) // printed; CLIPLAB_SEED repeats a run
//	conform.Run(t, engines, conform.Cases(seed, conform.Full), seed, conform.Rules{})
//	conform.Specials(t, engines, conform.Cases(seed, conform.Short), seed, conform.Rules{})
//
// Arrays lie between guard cells of NaN: who writes beside an output is found, and so is who lets
// a number beside an input into a result. Inputs must not change. NaN and infinities have to come
// out where the plain loops have them.
//
// It is for tests only, and not a benchmark. Legend of its files: as in lab/ops.
package conform
