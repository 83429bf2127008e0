package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"go/build"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// exports packs the type information of every package. It is written against an empty file
// set and so holds no positions: it changes only when an exported name or its type does.
func exports(loaded []*packages.Package) ([]byte, error) {
	files := map[string][]byte{}
	for _, p := range loaded {
		var b bytes.Buffer
		if err := gcexportdata.Write(&b, token.NewFileSet(), p.Types); err != nil {
			return nil, err
		}
		files[p.PkgPath] = b.Bytes()
	}
	return pack(files)
}

// sourceArchive packs the source of the packages that cells run from source: from shims/
// where there is one, else from the standard library.
func sourceArchive(dir string, paths []string) ([]byte, error) {
	files := map[string][]byte{}
	for _, path := range paths {
		folder := filepath.Join(dir, "shims", path)
		names, err := filepath.Glob(filepath.Join(folder, "*.go.txt"))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			pkg, err := build.Default.Import(path, "", 0)
			if err != nil {
				return nil, err
			}
			folder, names = pkg.Dir, pkg.GoFiles
			for i, name := range names {
				names[i] = filepath.Join(folder, name)
			}
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			files[path+"/"+strings.TrimSuffix(filepath.Base(name), ".txt")] = text
		}
	}
	return pack(files)
}

// pack makes a zip archive that is the same whenever its contents are.
func pack(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
