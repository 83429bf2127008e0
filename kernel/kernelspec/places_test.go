package kernelspec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// machine makes the places of another machine from variables.
func machine(goos, variables string) *Places {
	env := map[string]string{}
	for _, pair := range strings.Fields(variables) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return &Places{GOOS: goos, Home: env["HOME"],
		Getenv: func(name string) string { return env[name] },
		Look:   func(string) (string, error) { return "", errors.New("not on PATH") }}
}

// TestUser compares with jupyter_core 5.9.1, paths.jupyter_data_dir.
func TestUser(t *testing.T) {
	for _, c := range []struct{ goos, env, want string }{
		{"linux", "HOME=/home/ada", "/home/ada/.local/share/jupyter/kernels"},
		{"freebsd", "HOME=/home/ada", "/home/ada/.local/share/jupyter/kernels"},
		{"linux", "HOME=/home/ada XDG_DATA_HOME=/x", "/x/jupyter/kernels"},
		{"linux", "HOME=/home/ada XDG_DATA_HOME=/x JUPYTER_DATA_DIR=/d", "/d/kernels"},
		{"linux", "HOME=/home/ada JUPYTER_PLATFORM_DIRS=1", "/home/ada/.local/share/jupyter/kernels"},
		{"darwin", "HOME=/Users/ada", "/Users/ada/Library/Jupyter/kernels"},
		{"darwin", "HOME=/Users/ada XDG_DATA_HOME=/x", "/Users/ada/Library/Jupyter/kernels"},
		{"darwin", "HOME=/Users/ada JUPYTER_PLATFORM_DIRS=true",
			"/Users/ada/Library/Application Support/Jupyter/kernels"},
		{"darwin", "HOME=/Users/ada JUPYTER_PLATFORM_DIRS=off", "/Users/ada/Library/Jupyter/kernels"},
		{"windows", "HOME=/u APPDATA=/u/Roaming", "/u/Roaming/jupyter/kernels"},
		{"windows", "HOME=/u APPDATA=/r LOCALAPPDATA=/l JUPYTER_PLATFORM_DIRS=1", "/l/Jupyter/kernels"},
		{"windows", "HOME=/u", "/u/.jupyter/data/kernels"},
		{"windows", "HOME=/u JUPYTER_CONFIG_DIR=/c", "/c/data/kernels"},
	} {
		got, err := machine(c.goos, c.env).User()
		if err != nil {
			t.Error(err)
		}
		want(t, c.goos+" "+c.env, filepath.ToSlash(got), c.want)
	}
	if _, err := machine("linux", "").User(); err == nil || !strings.Contains(err.Error(), "HOME") {
		t.Errorf("without home: %v", err)
	}
}

// TestSearch compares with jupyter_core 5.9.1, paths.jupyter_path.
func TestSearch(t *testing.T) {
	venv := t.TempDir()
	for _, c := range []struct{ goos, env, want string }{
		{"linux", "HOME=/h", "/h/.local/share/jupyter /usr/local/share/jupyter /usr/share/jupyter"},
		{"linux", "HOME=/h JUPYTER_PATH=/a:/b JUPYTER_DATA_DIR=/d PYTHONUSERBASE=/u",
			"/a /b /d /u/share/jupyter /usr/local/share/jupyter /usr/share/jupyter"},
		{"linux", "HOME=/h VIRTUAL_ENV=" + venv, venv + "/share/jupyter /h/.local/share/jupyter " +
			"/usr/local/share/jupyter /usr/share/jupyter"},
		{"linux", "HOME=/h JUPYTER_PREFER_ENV_PATH=0 VIRTUAL_ENV=" + venv, "/h/.local/share/jupyter " +
			venv + "/share/jupyter /usr/local/share/jupyter /usr/share/jupyter"},
		{"linux", "HOME=/h CONDA_DEFAULT_ENV=base CONDA_PREFIX=" + venv, "/h/.local/share/jupyter " +
			venv + "/share/jupyter /usr/local/share/jupyter /usr/share/jupyter"},
		{"linux", "HOME=/h CONDA_DEFAULT_ENV=go CONDA_PREFIX=" + venv, venv + "/share/jupyter " +
			"/h/.local/share/jupyter /usr/local/share/jupyter /usr/share/jupyter"},
		{"windows", "HOME=/u APPDATA=/r PROGRAMDATA=/p JUPYTER_USE_PROGRAMDATA=1",
			"/r/jupyter /p/jupyter"},
		{"windows", "HOME=/u APPDATA=/r PROGRAMDATA=/p", "/r/jupyter"},
	} {
		var dirs []string
		for _, dir := range machine(c.goos, c.env).Search() {
			dirs = append(dirs, strings.TrimSuffix(filepath.ToSlash(dir), "/kernels"))
		}
		want(t, c.goos+" "+c.env, strings.Join(dirs, " "), c.want)
	}
}

// TestPrefix finds sys.prefix as the interpreter would, without running it.
func TestPrefix(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	write(t, at("real", "lib", "python3.12", "os.py"), "", 0o644)
	python := write(t, at("real", "bin", "python3.12"), "\x7fELF", 0o755)
	write(t, at("venv", "pyvenv.cfg"), "", 0o644)
	shim := write(t, at("shims", "python3"), "#!/bin/sh\n", 0o755)
	bare := write(t, at("bare", "bin", "python3"), "\x7fELF", 0o755)
	write(t, at("windows", "Lib", "os.py"), "", 0o644)
	exe := write(t, at("windows", "python.exe"), "MZ", 0o755)
	link := func(path string) string {
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(python, path))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ what, goos, env, python, want string }{
		{"virtual environment", "linux", "VIRTUAL_ENV=" + at("venv"), "", at("venv")},
		{"conda", "linux", "CONDA_PREFIX=" + at("venv"), "", at("venv")},
		{"both", "linux", "VIRTUAL_ENV=" + at("venv") + " CONDA_PREFIX=" + at("real"), "", at("venv")},
		{"environment gone", "linux", "VIRTUAL_ENV=" + at("none"), "", "error: VIRTUAL_ENV is"},
		{"python of a venv, not active", "linux", "", link(at("venv", "bin", "python3")), at("venv")},
		{"linked python", "linux", "", link(at("usr", "bin", "python3")), at("real")},
		{"plain python", "linux", "", python, at("real")},
		{"shim", "linux", "", shim, "error: does not tell its prefix"},
		{"python without library", "linux", "", bare, "error: import sys"},
		{"windows", "windows", "", exe, at("windows")},
		{"no python", "linux", "", "", "error: no environment is active"},
	} {
		p := machine(c.goos, c.env)
		if c.python != "" {
			p.Look = func(string) (string, error) { return c.python, nil }
		}
		got, err := p.Prefix()
		if wanted, ok := strings.CutPrefix(c.want, "error: "); ok {
			if err == nil || !strings.Contains(err.Error(), wanted) {
				t.Errorf("%s: %q, error %v, want %q", c.what, got, err, wanted)
			}
			continue
		}
		if err != nil {
			t.Error(err)
		}
		want(t, c.what, got, c.want)
	}
}
