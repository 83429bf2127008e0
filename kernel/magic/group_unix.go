//go:build unix

package magic

import (
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup makes a program the leader of a process group, so that all that it starts can be
// ended with it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func interruptGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }

func endGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// leash makes the group of a program end if the kernel is killed: a shell that waits for the
// end of a pipe of which only the kernel has the other side. let go takes it off.
func leash(cmd *exec.Cmd) (letGo func()) {
	dog := exec.Command("/bin/sh", "-c", "read x; kill -s KILL -- -$0", strconv.Itoa(cmd.Process.Pid))
	dog.SysProcAttr = ownGroup()
	hold, err := dog.StdinPipe()
	if err != nil || dog.Start() != nil {
		return func() {}
	}
	return func() {
		endGroup(dog)
		_ = dog.Wait()
		_ = hold.Close()
	}
}
