// Package modules makes packages of other modules importable in a notebook session. They
// are fetched by kernel/modules/fetch, checked with go/types against what the session has,
// and interpreted from source by kernel/engine.
//
// A package that the kernel has compiled in is always used natively, since its types must
// be those of the compiled code. Packages that need cgo, assembly or the linker are
// refused, with the file and the reason, unless they have a version in Go for systems
// without those.
//
// The session is a module of its own that is never written to disk unless asked: Get adds
// requirements to it, minimal version selection makes the list of modules, packages of the
// module in the current folder belong to it.
package modules
