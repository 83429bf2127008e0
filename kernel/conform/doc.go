// Package conform runs the programs of Go's own test directory through the engine and counts
// those that behave as under the compiler.
//
// It takes the files that begin with "// run": programs of one file that must end by
// themselves and print what stands in the file of the same name that ends in .out. It leaves
// out those that are built for other systems. Each program runs in a process of its own with a
// limit of time, so that a fault of one costs nobody else; kernel/cliplab has the command.
package conform
