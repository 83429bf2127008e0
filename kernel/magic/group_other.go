//go:build !unix

package magic

import (
	"os/exec"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return nil }

func interruptGroup(cmd *exec.Cmd) { endGroup(cmd) }

func endGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func leash(*exec.Cmd) (letGo func()) { return func() {} }
