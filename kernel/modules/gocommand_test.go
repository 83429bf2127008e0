package modules_test

import (
	"os"
	"os/exec"
)

// goCommand runs the go command in the folder of a notebook with the notebook's proxy.
func goCommand(nb *notebook, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = nb.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-modcacherw", "GOWORK=off", "GOTOOLCHAIN=local")
	for key, value := range nb.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	return cmd.CombinedOutput()
}
