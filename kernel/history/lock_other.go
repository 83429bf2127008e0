//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !windows

package history

import (
	"errors"
	"os"
)

// lock fails: without locks lines are still appended whole, and nothing is compacted.
func lock(*os.File) error { return errors.ErrUnsupported }
