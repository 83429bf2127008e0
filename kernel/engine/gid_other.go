//go:build !amd64 && !arm64

package engine

import (
	"bytes"
	"runtime"
	"strconv"
)

// gid returns a number that no other living goroutine has, read from the first
// line of the stack dump: "goroutine 12 [running]:".
func gid() uintptr {
	var buf [64]byte
	line := buf[:runtime.Stack(buf[:], false)]
	fields := bytes.Fields(line)
	n, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	return uintptr(n)
}
