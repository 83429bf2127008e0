// Package generated tells tests whether committed assembly is what its generator writes. It is no
// generator: those stand in gen beside what they write. No notebook teaches it.
package generated
