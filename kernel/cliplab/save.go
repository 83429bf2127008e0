package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// save writes a file whole or not at all: beside its place first, then by renaming.
func save(name string, write func(io.Writer) error) (err error) {
	if err := noFolder(name); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("cannot write %s: %w", name, err)
		}
	}()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// noFolder is an error when a folder stands where a file is to be written.
func noFolder(name string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return fmt.Errorf("cannot write %s: it is a directory; name a file", name)
	}
	return nil
}

func copyOf(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// writable makes the folder of the outputs and tries it, before minutes are spent on cells.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot write to %s: %w", dir, err)
	}
	f, err := os.CreateTemp(dir, ".cliplab-*")
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w", dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// spills opens the files that take streams too long for a notebook: NAME_files/cell-7-stdout.txt.
type spills struct {
	base string
	off  bool
}

func (s *spills) open(cell int, stream string) (io.WriteCloser, string, error) {
	if s.off {
		return nopCloser{io.Discard}, "the output of the cell", nil
	}
	dir := s.base + "_files"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", err
	}
	name := fmt.Sprintf("cell-%d-%s.txt", cell, stream)
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, "", err
	}
	return buffered{bufio.NewWriterSize(f, 1<<16), f}, filepath.Base(dir) + "/" + name, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

type buffered struct {
	*bufio.Writer
	f *os.File
}

// Close writes what is left.
func (b buffered) Close() error {
	if err := b.Flush(); err != nil {
		b.f.Close()
		return err
	}
	return b.f.Close()
}
