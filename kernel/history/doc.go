// Package history is the input history of the kernel: what was typed, and if asked what came
// out, in this session and in earlier ones, kept on disk and bounded.
//
// The file holds one JSON object a line, the session number first:
//
//	{"session":3,"line":7,"input":"x := 1","output":""}
//	{"session":4}                                         a session began
//
// Several kernels share one file: each appends whole lines with one write, under a lock, and
// takes a session number that no other has. A line that is torn, corrupt or foreign is skipped.
// When a fifth more lines than the limit are there, the oldest go: the file is written anew
// beside its place and renamed.
//
// History never fails a kernel. [Open] touches no disk; writing happens behind the cell, in a
// goroutine that lives only while there is something to write; and a file that cannot be
// written means one warning and a history in memory only.
//
// Numbering and queries follow IPython, whose front ends ask for them: session 0 is the current
// one, −1 the one before. The package knows nothing of Jupyter's messages. No lesson teaches it.
package history
