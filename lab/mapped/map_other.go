//go:build !unix

package mapped

import "os"

// mapFile maps nothing: files are read.
func mapFile(*os.File, int) []byte { return nil }

func unmap([]byte) error { return nil }

func prefetch([]byte) {}
