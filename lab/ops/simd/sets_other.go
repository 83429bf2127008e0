//go:build !amd64 || noasm

package simd

func assembled() []*Set { return nil }
