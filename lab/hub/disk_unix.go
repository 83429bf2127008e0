//go:build linux || darwin || freebsd

package hub

import "golang.org/x/sys/unix"

// freeSpace is how many bytes can still be written below dir; false if that is not known.
func freeSpace(dir string) (int64, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
