package fetch

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/module"
)

// cache is the download folder of the module cache, in the layout of the go command:
// <module>/@v/<version>.info, .mod, .zip, .ziphash and .lock.
type cache struct {
	roots []string // looked at in this order; written to the first that can be written to
}

func newCache(modCache string) cache {
	c := cache{roots: []string{filepath.Join(modCache, "cache", "download")}}
	if dir, err := os.UserCacheDir(); err == nil {
		c.roots = append(c.roots, filepath.Join(dir, "cliplab", "mod", "cache", "download"))
	}
	return c
}

// name is the path of a file of a module version below a root.
func name(m module.Version, suffix string) (string, error) {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", err
	}
	return path + "/@v/" + version + suffix, nil
}

// find returns where a file is, if it is in the cache.
func (c cache) find(name string) (string, bool) {
	for _, root := range c.roots {
		file := filepath.Join(root, filepath.FromSlash(name))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, true
		}
	}
	return "", false
}

func (c cache) read(name string) ([]byte, bool) {
	file, ok := c.find(name)
	if !ok {
		return nil, false
	}
	data, err := os.ReadFile(file)
	return data, err == nil
}

// folder makes the folder of a file below the first root where that is possible.
func (c cache) folder(name string) (file string, err error) {
	for _, root := range c.roots {
		file = filepath.Join(root, filepath.FromSlash(name))
		if e := os.MkdirAll(filepath.Dir(file), 0o777); e != nil {
			err = e
			continue
		}
		probe, e := os.CreateTemp(filepath.Dir(file), ".probe*")
		if e != nil {
			err = e
			continue
		}
		probe.Close()
		os.Remove(probe.Name())
		return file, nil
	}
	return "", fmt.Errorf("fetch: no module cache can be written to; set GOMODCACHE: %w", err)
}

// write puts a file in place at once.
func (c cache) write(name string, data []byte) error {
	file, err := c.folder(name)
	if err != nil {
		return err
	}
	return replace(file, data)
}

func replace(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".tmp*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// lock keeps other processes, the go command too, from writing a module version.
func (c cache) lock(m module.Version) (unlock func(), err error) {
	lockName, err := name(m, ".lock")
	if err != nil {
		return nil, err
	}
	file, err := c.folder(lockName)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("fetch: lock %s: %w", file, err)
	}
	return func() { unlockFile(f); f.Close() }, nil
}
