// Package symbols is the table of compiled-in packages: what cells can import without a
// compiler. For each package it holds the values (functions, variables, types; z*.go), the
// complete type information (zexports.zip, read when a package is first imported), and for
// packages of generic functions the source (zsources.zip).
//
// packages.txt and sources.txt list them; go generate ./kernel/symbols makes the tables anew
// after an exported name of the lab has changed, and a test fails until that is done.
//
// Word-size and system-dependent constants are those of linux/amd64. Left out are syscall,
// plugin, runtime/cgo and what is internal.
package symbols

//go:generate go run ./gen
