//go:build !unix

package magic

import "os/exec"

func ownGroup(*exec.Cmd) {}

func interruptGroup(cmd *exec.Cmd) { endGroup(cmd) }

func endGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
