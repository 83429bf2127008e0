//go:build unix

package bench

import "syscall"

// pause stops the worker's process, whatever its threads do when they have no work: those of
// ONNX Runtime and OpenBLAS, and our helpers, watch for the next for a while, and would take a
// core from the side that is measured. An error is of a process that ended, which ask tells of.
func (w *worker) pause() { _ = w.cmd.Process.Signal(syscall.SIGSTOP) }

// resume lets it go on.
func (w *worker) resume() { _ = w.cmd.Process.Signal(syscall.SIGCONT) }
