//go:build !((linux || darwin || freebsd) && (amd64 || arm64))

package bulk

import "os"

// mapFloats reads where files are not mapped.
func mapFloats(f *os.File, start int64, n int) ([]float32, func() error, error) {
	return readFloats(f, start, n)
}
