//go:build unix && !linux

package magic

import "syscall"

// ownGroup makes a program the leader of a process group, so that all that it starts can be
// ended with it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
