//go:build !unix && !windows

package filelock

import "os"

// tryLock does without where files cannot be locked.
func tryLock(*os.File) (bool, error) { return true, nil }
