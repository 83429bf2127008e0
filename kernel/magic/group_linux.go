package magic

import "syscall"

// ownGroup makes a program the leader of a process group, so that all that it starts can be
// ended with it. If the kernel is killed the program is too.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
