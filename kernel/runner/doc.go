// Package runner executes the code cells of a notebook in a fresh session and collects their
// outputs as Jupyter would: streams coalesced, carriage returns obeyed, displays updated in
// place, errors with their traceback.
//
// [Run] works on any [Executor]; [NewGo] is the one over kernel/session. A cell that prints
// without end neither fills the memory nor the notebook: [Limits] bound what is kept, and the
// rest goes to a file. The runner neither reads notebooks nor renders them.
package runner
