package kernelspec

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Places knows the folders of kernel specs from the environment; its fields are the machine's,
// or a test's.
type Places struct {
	GOOS   string
	Getenv func(string) string
	Home   string                               // the user's folder
	Temp   string                               // the folder that the system empties
	Look   func(program string) (string, error) // on PATH
}

// Here are the places of this machine and this user.
func Here() *Places {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	if real, err := filepath.EvalSymlinks(home); err == nil {
		home = real // as jupyter_core has it
	}
	return &Places{GOOS: runtime.GOOS, Getenv: os.Getenv, Home: home, Temp: os.TempDir(),
		Look: exec.LookPath}
}

// set reads a variable that means no if it says so, as jupyter_core's envset.
func (p *Places) set(name string) bool {
	v := strings.ToLower(p.Getenv(name))
	return v != "" && !slices.Contains([]string{"no", "n", "false", "off", "0", "0.0"}, v)
}

// User is the folder of the user's kernels: jupyter_data_dir()/kernels.
func (p *Places) User() (string, error) {
	dir, err := p.data()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "kernels"), nil
}

func (p *Places) data() (string, error) {
	if dir := p.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	if p.Home == "" && p.Getenv("APPDATA") == "" {
		return "", fmt.Errorf("kernelspec: there is no home folder; set HOME or JUPYTER_DATA_DIR, " +
			"or use --prefix")
	}
	platform := p.set("JUPYTER_PLATFORM_DIRS")
	switch p.GOOS {
	case "darwin":
		if platform {
			return filepath.Join(p.Home, "Library", "Application Support", "Jupyter"), nil
		}
		return filepath.Join(p.Home, "Library", "Jupyter"), nil
	case "windows":
		if local := p.Getenv("LOCALAPPDATA"); platform && local != "" {
			return filepath.Join(local, "Jupyter"), nil
		}
		if roaming := p.Getenv("APPDATA"); roaming != "" {
			return filepath.Join(roaming, "jupyter"), nil
		}
		if config := p.Getenv("JUPYTER_CONFIG_DIR"); config != "" {
			return filepath.Join(config, "data"), nil
		}
		return filepath.Join(p.Home, ".jupyter", "data"), nil
	}
	if xdg := p.Getenv("XDG_DATA_HOME"); xdg != "" {
		return filepath.Join(xdg, "jupyter"), nil
	}
	return filepath.Join(p.Home, ".local", "share", "jupyter"), nil
}

// Below is the folder of the kernels of a prefix, such as /usr/local or a virtual environment.
func Below(prefix string) (string, error) {
	abs, err := filepath.Abs(prefix)
	return filepath.Join(abs, "share", "jupyter", "kernels"), err
}

// Prefix is what Python calls sys.prefix: that of the active environment, else of the python
// on PATH.
func (p *Places) Prefix() (string, error) {
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		dir := p.Getenv(name)
		if dir == "" {
			continue
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return "", fmt.Errorf("kernelspec: %s is %q, which is no folder; "+
				"activate the environment again, or use --prefix", name, dir)
		}
		return filepath.Abs(dir)
	}
	for _, program := range []string{"python3", "python"} {
		if path, err := p.Look(program); err == nil {
			return p.prefixOf(path)
		}
	}
	return "", fmt.Errorf("kernelspec: no environment is active and no python is on PATH; " +
		"activate one, or use --user or --prefix")
}

// prefixOf finds sys.prefix of an interpreter as its own start-up does: pyvenv.cfg beside it or
// one folder up, else the folder above that of the real program, if the library is there.
func (p *Places) prefixOf(python string) (string, error) {
	python, err := filepath.Abs(python)
	if err != nil {
		return "", err
	}
	bin := filepath.Dir(python)
	for _, dir := range []string{bin, filepath.Dir(bin)} {
		if _, err := os.Stat(filepath.Join(dir, "pyvenv.cfg")); err == nil {
			return dir, nil
		}
	}
	unknown := fmt.Errorf(`kernelspec: %s does not tell its prefix; say it with --prefix "$(%s -c `+
		`'import sys; print(sys.prefix)')"`, python, filepath.Base(python))
	if script(python) { // a shim that picks a python when it runs
		return "", unknown
	}
	if real, err := filepath.EvalSymlinks(python); err == nil {
		bin = filepath.Dir(real)
	}
	prefix, library := filepath.Dir(bin), "lib/python3*/os.py"
	if p.GOOS == "windows" {
		prefix, library = bin, "Lib/os.py"
	}
	if found, err := fs.Glob(os.DirFS(prefix), library); err != nil || len(found) == 0 {
		return "", unknown
	}
	return prefix, nil
}

// script says that a program is a text for another.
func script(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var start [2]byte
	_, err = f.Read(start[:])
	return err == nil && bytes.Equal(start[:], []byte("#!"))
}

// Search are the folders where a front end looks for kernels, the first first, as far as they
// can be known without running its Python.
func (p *Places) Search() []string {
	var dirs []string
	add := func(dir string, err error) {
		if err == nil && dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range filepath.SplitList(p.Getenv("JUPYTER_PATH")) {
		if dir != "" {
			add(filepath.Join(dir, "kernels"), nil)
		}
	}
	env := func() {
		if prefix, err := p.Prefix(); err == nil {
			add(Below(prefix))
		}
	}
	first := p.set("JUPYTER_PREFER_ENV_PATH")
	if p.Getenv("JUPYTER_PREFER_ENV_PATH") == "" {
		conda := p.Getenv("CONDA_PREFIX") != "" && p.Getenv("CONDA_DEFAULT_ENV") != "base"
		first = p.Getenv("VIRTUAL_ENV") != "" || conda
	}
	if first {
		env()
	}
	add(p.User())
	if base := p.Getenv("PYTHONUSERBASE"); base != "" {
		add(Below(base))
	}
	env()
	for _, dir := range p.system() {
		add(filepath.Join(dir, "kernels"), nil)
	}
	return dirs
}

// system are the data folders for all users.
func (p *Places) system() []string {
	if p.GOOS != "windows" {
		return []string{"/usr/local/share/jupyter", "/usr/share/jupyter"}
	}
	if shared := p.Getenv("PROGRAMDATA"); p.set("JUPYTER_USE_PROGRAMDATA") && shared != "" {
		return []string{filepath.Join(shared, "jupyter")}
	}
	return nil // Jupyter takes the environment's, which Search has already
}
