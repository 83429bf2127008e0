// Package rtype makes run-time types: it turns the types of go/types into reflect.Types.
//
// Unnamed types are built structurally. Compiled-in named types are the compiler's own.
// Named types of a notebook are made at run time, with their methods, so that compiled code
// can call them: fmt finds a String method, sort a Less, an error is an error. The identity
// of a type is the identity of its go/types object: two versions of main.P are two types.
//
// It is the only package that imports reflectx, which writes such types into memory. What a
// method does is the affair of kernel/engine.
package rtype
