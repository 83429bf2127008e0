// Package pages makes long arrays on large pages of memory, where the system has them: a product
// of matrices walks over many rows at once, and each small page it touches wants a place in the
// processor's table of pages. It is no allocator: the garbage collector owns what it makes. No
// lesson teaches it.
package pages
