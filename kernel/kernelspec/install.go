package kernelspec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrForeign is returned when a kernel spec of that name is there which is not ours.
var ErrForeign = errors.New("it belongs to another kernel")

// Install writes the spec as the kernel called name into the folder of kernels dir, and returns
// its folder. An earlier spec of ours is replaced, another's only if replace is set. A binary
// that is not empty is copied beside kernel.json, and is what the spec then starts. All happens
// or nothing.
func Install(dir, name string, s *Spec, binary string, replace bool) (string, error) {
	name, err := CheckName(name)
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, name)
	if old, err := Read(target); err == nil && !old.Ours() && !replace {
		return "", fmt.Errorf("kernelspec: %s holds %q, %w; choose another --name, or use "+
			"--replace", target, old.DisplayName, ErrForeign)
	} else if _, there := os.Lstat(target); err != nil && there == nil && !replace {
		return "", fmt.Errorf("kernelspec: %s is no kernel spec of ours (%w); choose another "+
			"--name, or use --replace", target, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("kernelspec: %w", err)
	}
	work, err := os.MkdirTemp(dir, ".cliplab-*") // one level deeper than front ends look
	if err != nil {
		return "", fmt.Errorf("kernelspec: %w", err)
	}
	defer os.RemoveAll(work)
	fresh := filepath.Join(work, "new")
	if err := fill(fresh, target, s, binary); err != nil {
		return "", fmt.Errorf("kernelspec: %w", err)
	}
	return target, swap(fresh, target, filepath.Join(work, "old"))
}

// fill makes the folder of a spec, which will be renamed to target.
func fill(dir, target string, s *Spec, binary string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if binary != "" {
		name := "cliplab" + filepath.Ext(binary)
		if err := copyProgram(filepath.Join(dir, name), binary); err != nil {
			return err
		}
		own := *s
		own.Argv = append([]string{filepath.Join(target, name)}, s.Argv[1:]...)
		s = &own
	}
	files, err := s.files()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func copyProgram(to, from string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	_, err = io.Copy(w, r)
	return err
}

// swap puts a new folder in the place of the old one, which comes back if that fails.
func swap(fresh, target, old string) error {
	err := os.Rename(target, old) // of a symbolic link only the link
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("kernelspec: cannot replace %s: %w; close the notebooks that use it",
			target, err)
	}
	had := err == nil
	if err := os.Rename(fresh, target); err != nil {
		if had {
			err = errors.Join(err, os.Rename(old, target))
		}
		return fmt.Errorf("kernelspec: %w", err)
	}
	return nil
}

// Remove removes the kernel called name from the folder of kernels dir, and returns what was
// removed. The error is [os.ErrNotExist] if there is none, [ErrForeign] if it is not ours.
func Remove(dir, name string) (string, error) {
	name, err := CheckName(name)
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, name)
	s, err := Read(target)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("kernelspec: no kernel %q in %s: %w", name, dir, err)
	}
	if err != nil {
		return "", err
	}
	if !s.Ours() {
		return "", fmt.Errorf("kernelspec: %s holds %q, %w; remove it with jupyter kernelspec "+
			"remove %s", target, s.DisplayName, ErrForeign, name)
	}
	if info, err := os.Lstat(target); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return target, os.Remove(target) // what it points to is somebody else's
	}
	// Out of sight first: a folder that is half removed would be a broken kernel.
	work, err := os.MkdirTemp(dir, ".cliplab-*")
	if err != nil {
		return "", fmt.Errorf("kernelspec: %w", err)
	}
	defer os.RemoveAll(work)
	if err := os.Rename(target, filepath.Join(work, "old")); err != nil {
		return "", fmt.Errorf("kernelspec: cannot remove %s: %w; close the notebooks that use it",
			target, err)
	}
	return target, nil
}

// Find returns the folders of the kernels called name, the one that Jupyter takes first.
func Find(search []string, name string) []string {
	var found []string
	for _, dir := range search {
		if _, err := Read(filepath.Join(dir, name)); err == nil {
			found = append(found, filepath.Join(dir, name))
		}
	}
	return found
}
