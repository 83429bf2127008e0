// Package symbols is the table of compiled-in packages: what cells can import without a
// compiler. For each package it holds the values (functions, variables, types; z*.go), the
// complete type information (zexports.zip, read when a package is first imported), for
// packages of generic functions the source (zsources.zip), and the doc comments (zdocs.zip, read
// when someone asks).
//
// packages.txt and sources.txt list them; go generate ./kernel/symbols makes the tables anew
// after an exported name of the lab has changed, and a test fails until that is done.
//
// Type information is that of linux/amd64, with the constants that differ elsewhere taken from
// the compiler (zplatform.go); systems of 32 bits are not supported. Left out are what is
// internal; what makes no sense in a cell (plugin, runtime/cgo, net/http/pprof, object files
// in debug); what differs from system to system (syscall, log/syslog); weak and the generic
// crypto/hkdf and crypto/pbkdf2, which have neither a compiled value nor a source that cells
// could run.
package symbols

//go:generate go run ./gen
