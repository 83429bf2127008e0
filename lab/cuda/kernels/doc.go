// Package kernels embeds the GPU kernels of lab/cuda: CUDA C++ in *.cu, one file for each group
// of ops, compiled to PTX in zkernels.ptx.gz by compile.py, which says how. The driver compiles
// PTX for the device when it is loaded, and keeps the result on disk.
//
// Neither NVIDIA's compiler nor a GPU is needed to build or test: package ptx runs the PTX. What
// calls the kernels is lab/cuda. Notebook: none.
package kernels
