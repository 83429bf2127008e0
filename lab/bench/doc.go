// Package bench measures the lab's arithmetic side by side with that of others in one run:
// encoders and opening against ONNX Runtime, products against OpenBLAS, JPEG against Pillow and
// NumPy, a training step against PyTorch, Gorgonia's stock ops and GoMLX.
//
//	cases.go     what is measured, and what must be reached
//	workload.go  weights and inputs from a seed, in a folder that all sides read
//	ours.go …    the lab's side of each case
//	serve.go     a side as a process: one JSON request a line, one JSON answer a line
//	worker.go    the other end of such a process, which is stopped while nobody asks it
//	measure.go   turns: ours, the peer's, ours, the peer's …; medians of CPU time and of ratios
//	stepping.go  the same for training: two threads and one, memory, what is allocated
//	bounds.go    what a side may take of time and memory before it is ended
//	table.go     the table, and JSON
//
// Both sides are processes of their own that speak the same lines, so that neither has the
// other's caches, heap or threads. What counts is CPU time of one thread, which neighbours on
// the machine move least; the best time by the clock on two cores stands beside it. For training
// it is the clock on two threads that counts: of a quiet machine only.
//
// The peers' scripts are package lab/peers/bench. No notebook teaches this package; the figures
// that notebook 01 quotes come from it.
package bench
