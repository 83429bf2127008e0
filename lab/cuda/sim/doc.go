// Package sim is a GPU in software: it has the methods of driver.API, and kernels run on the host,
// instruction by instruction, by package ptx. Tests of lab/cuda run on it as they run on a device.
//
//	machine := sim.New(sim.Options{})
//	d, err := driver.New(machine)
//
// It is as unkind as a device may be. A stream does its work only when somebody waits for it, a
// copy reads pinned memory only then, and the nodes of a graph run in the last order that their
// dependencies allow: an order that was hoped for but not asked for gives wrong numbers. New
// memory is garbage. Every access is checked, freed memory too. Fail makes the n-th call of a
// function fail, and Left says what was never given back.
//
// It is not fast, has no default stream, and knows of the driver what package driver calls.
package sim
