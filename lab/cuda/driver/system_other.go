//go:build !linux || !(amd64 || arm64) || nocuda

package driver

import (
	"fmt"
	"runtime"
)

func system() (API, error) {
	return nil, fmt.Errorf("%w: GPUs are used on Linux for amd64 and arm64, in programs "+
		"built without the tag nocuda; this is %s/%s",
		ErrNoDriver, runtime.GOOS, runtime.GOARCH)
}

// openBLAS is an error here: there is no driver either.
func openBLAS() (BLASFunctions, string, error) { return BLASFunctions{}, "", ErrNoDriver }

// openNCCL is an error here, as openBLAS is.
func openNCCL() (NCCL, string, error) { return nil, "", ErrNoDriver }
