// Package session gives Go source the meaning of notebook cells: a cell holds imports, types,
// methods, functions, variables and statements in any order, the last expression is its
// value, what it declares lives on, and later cells may declare anything again.
//
// Execute takes a cell through these steps, one file each:
//
//	split     which bytes are imports and functions, which run in order    split.go
//	parse     texts of the cell's own length, so positions are the cell's  parse.go
//	plan      which declarations are new, kept, or compiled again          plan.go
//	check     go/types, repeated until nothing has to be repaired          check.go, repair.go
//	lower     initialisers move into the cell's function, in order         lower.go
//	load      the engine compiles, storage is shared, code redirected      load.go
//	run       and the variables that were reached become visible           run.go
//
// Every cell is a types.Package of path "main" of its own, whose scope is filled with the
// objects of earlier cells that it mentions. Its invariants: an object, once committed, never
// changes; variables share storage exactly if they are versions of one type; code is replaced
// only through Engine.Redirect by code of the same signature; nothing of the session is
// touched before a cell has been checked.
//
// The package knows nothing of Jupyter, and compiled packages only as engine.Packages.
package session
