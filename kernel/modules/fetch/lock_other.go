//go:build !windows && (!unix || solaris || aix)

package fetch

import "os"

// Systems without flock do without: files are put in place at once, so two processes at
// most fetch the same one twice.

func lockFile(*os.File) error { return nil }

func unlockFile(*os.File) {}
