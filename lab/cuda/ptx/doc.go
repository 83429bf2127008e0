// Package ptx runs kernels in NVIDIA's intermediate language PTX on the host, one instruction at
// a time for the 32 lanes of a warp, so that the kernels that a GPU gets are tested where there is
// none: lanes that part ways and meet again, barriers, shuffles and the products of tensor cores
// included.
//
//	module, err := ptx.Parse(text)
//	err = module.Kernel("add").Run(ptx.Launch{Grid: …, Block: …, Params: …, Memory: …})
//
// It is stricter than hardware. Every access is checked against the allocation that it falls in;
// a barrier or a shuffle that not all lanes reach is an error; shared memory starts as garbage, and
// what cp.async fetches is that until its group was waited for; and as one warp runs to the next
// barrier before another starts, in an order that can be turned round, a barrier that is missing
// gives wrong numbers.
//
// It is not a model of speed, nor of memory order between blocks, which run one after another,
// and it knows the instructions that the compiler makes of package kernels, not all of PTX. An
// unknown one is an error of Parse. Approximate functions (ex2, rcp) are exact here.
//
// Source: PTX ISA 7.8. Notebook: none; the GPU is one option of the training lesson.
package ptx
