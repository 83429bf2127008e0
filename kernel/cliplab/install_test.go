package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cliplab/kernel/kernelspec"
)

// alone gives a test a machine without kernels and without Python.
func alone(t *testing.T) (home string) {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_PLATFORM_DIRS",
		"JUPYTER_PREFER_ENV_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONUSERBASE", "PATH"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_DATA_HOME", filepath.Join(home, "data"))
	return home
}

// lasting lets the program lie where it stays: a test's own, which would be copied, is large.
func lasting(t *testing.T) {
	t.Helper()
	old := here
	here = func() *kernelspec.Places {
		p := old()
		p.Temp = ""
		return p
	}
	ownProgram = func() (string, error) { return "/opt/cliplab/bin/cliplab", nil }
	t.Cleanup(func() { here, ownProgram = old, os.Executable })
}

func TestInstallAndUninstall(t *testing.T) {
	home := alone(t)
	lasting(t)
	dir := filepath.Join(home, "data", "jupyter", "kernels", "cliplab")
	status, out, errs := try(t, "install", "--env", "A=1", "--display-name", "Go & more")
	if status != 0 || out != dir+"\n" {
		t.Fatalf("status %d, %s%s", status, out, errs)
	}
	contains(t, "stderr", errs, `Go & more is installed as kernel "cliplab"`, "next: ")
	contains(t, "kernel.json", content(t, filepath.Join(dir, "kernel.json")),
		`"/opt/cliplab/bin/cliplab"`, `"A": "1"`, `"Go & more"`, `"interrupt_mode": "message"`)
	status, out, errs = try(t, "uninstall", "--sys-prefix")
	if status != 1 {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	contains(t, "stderr", errs, "no environment is active")
	status, out, errs = try(t, "uninstall", "--prefix", home)
	if status != 1 {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	contains(t, "stderr", errs, "but in "+dir+"; use --user")
	status, out, errs = try(t, "uninstall")
	if status != 0 || out != dir+"\n" || errs != "" {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	status, _, errs = try(t, "uninstall")
	if status != 1 || !strings.Contains(errs, "nor where Jupyter looks") {
		t.Errorf("status %d, %s", status, errs)
	}
}

func TestInstallSaysWhatHides(t *testing.T) {
	home := alone(t)
	lasting(t)
	venv := filepath.Join(home, "venv")
	if err := os.Mkdir(venv, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VIRTUAL_ENV", venv)
	status, out, errs := try(t, "install", "--sys-prefix")
	if want := filepath.Join(venv, "share/jupyter/kernels/cliplab"); status != 0 || out != want+"\n" {
		t.Fatalf("status %d, %s%s", status, out, errs)
	}
	_, _, errs = try(t, "install")
	contains(t, "stderr", errs, "note: Jupyter takes "+venv)
	_, _, errs = try(t, "install", "--prefix", filepath.Join(home, "far"))
	contains(t, "stderr", errs, "JUPYTER_PATH="+filepath.Join(home, "far/share/jupyter"))
}

// TestInstallCopies: this test's program lies where go test built it.
func TestInstallCopies(t *testing.T) {
	alone(t)
	status, out, errs := try(t, "install")
	if status != 0 {
		t.Fatalf("status %d, %s%s", status, out, errs)
	}
	dir := strings.TrimSpace(out)
	info, err := os.Stat(filepath.Join(dir, "cliplab"+filepath.Ext(os.Args[0])))
	if err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("no copy: %v", err)
	}
	contains(t, "stderr", errs, "is a copy")
}

func TestInstallRefuses(t *testing.T) {
	home := alone(t)
	lasting(t)
	theirs := filepath.Join(home, "data/jupyter/kernels/gonb")
	if err := os.MkdirAll(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(filepath.Join(theirs, "kernel.json"), []byte(`{"display_name":"GoNB"}`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"install --name gonb", 1, "belongs to another kernel"},
		{"uninstall --name gonb", 1, "jupyter kernelspec remove gonb"},
		{"install --user --prefix x", 2, "different places"},
		{"install --sys-prefix --user", 2, "different places"},
		{"install --name a/b", 2, `"a/b"`},
		{"install --env novalue", 2, "NAME=VALUE"},
		{"install extra", 2, "one too many"},
		{"install --prefix " + filepath.Join(theirs, "kernel.json"), 1, "not a directory"},
		{"install --name gonb --replace", 0, "is installed"},
	} {
		status, _, errs := try(t, strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d, want %d and %q:\n%s", c.args, status, c.status, c.want, errs)
		}
	}
}
