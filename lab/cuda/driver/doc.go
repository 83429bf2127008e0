// Package driver is NVIDIA's CUDA driver, found and opened at run time: devices, memory, streams,
// events, kernels from PTX, and graphs of them. Nothing of CUDA is needed to build it, and where
// there is no driver, Open says so.
//
//	d, err := driver.Open()           // libcuda.so.1
//	c, err := d.Context(0)            // the first device
//	x, err := c.Alloc("features", n)  // bytes
//	f, err := module.Function("add")
//	err = f.Launch(stream, grid, block, driver.Args(dst, a, b, n))
//
// Every call's result is checked; an Error names the call, what was asked and what the driver
// says, and a MemoryError the bytes needed and free. A Context counts what it gave out: Close
// says what was not given back.
//
// The driver's functions are the methods of API. Package sim has them too, without a GPU: the
// same tests run on both. It is not a binding of all of CUDA, and no place for mathematics: that
// is lab/cuda. This is the one door to purego, which calls C without cgo.
//
// On Linux a program with purego in it is linked to the C library's loader. Where there is none,
// as in an image from scratch, build with the tag nocuda: Open then says that there are no GPUs.
//
// Source: CUDA driver API 11.8, cuda.h. Notebook: none.
package driver
