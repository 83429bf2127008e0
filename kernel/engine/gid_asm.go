//go:build amd64 || arm64

package engine

// gid returns a number that no other living goroutine has.
func gid() uintptr
