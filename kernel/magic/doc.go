// Package magic runs the cells of notebooks as people write them: Go, with special lines
// among it. It stands between a kernel/session, which knows only Go, and what shows the cells
// to people: kernel/jupyter and kernel/runner both execute through an [Interpreter], so that a
// notebook behaves the same in a browser and in a report.
//
// It is not the session, and it knows nothing of Jupyter's messages: what only a front end can
// do is a function of [Host], and nil where there is none.
package magic
