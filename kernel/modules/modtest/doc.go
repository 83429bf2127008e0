// Package modtest is a module proxy for tests: it serves modules that are written down in a
// text archive, on 127.0.0.1, and can be told to misbehave. Nothing outside of tests uses it.
package modtest
