// Package engine runs Go code without a compiler: it turns the SSA form of
// golang.org/x/tools/go/ssa into Go closures.
//
// An Engine is one persistent program. Every notebook cell is loaded as a new
// types.Package of path "main" whose scope was filled with the live objects of
// earlier cells, so types keep their identity, variables their storage and
// functions their code. Registers live at their true Go layout in typed frames,
// so interpreted and compiled code share values without conversion.
//
// The engine decides storage, code, run-time types, goroutines, interrupts and
// limits. What a cell means is decided by kernel/session; which compiled
// packages exist by kernel/symbols.
package engine
