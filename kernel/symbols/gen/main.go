package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", ".", "folder of package symbols")
	out := flag.String("out", "", "where to write; the folder of package symbols when empty")
	flag.Parse()
	if *out == "" {
		*out = *dir
	}
	if err := generate(*dir, *out); err != nil {
		log.Fatal("gen: ", err)
	}
}

// generate writes all tables into the folder out.
func generate(dir, out string) error {
	paths, err := list(filepath.Join(dir, "packages.txt"))
	if err != nil {
		return err
	}
	sources, err := list(filepath.Join(dir, "sources.txt"))
	if err != nil {
		return err
	}
	loaded, err := load(dir, paths)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, p := range loaded {
		files[fileName(p.PkgPath)] = table(p.Types)
	}
	files["zindex.go"] = index(loaded)
	files["zplatform.go"] = platformTable(loaded)
	files["zhidden.go"] = hiddenTable(hiddenTypes(loaded))
	if files["zexports.zip"], err = exports(loaded); err != nil {
		return err
	}
	if files["zsources.zip"], err = sourceArchive(dir, sources); err != nil {
		return err
	}
	if files["zdocs.zip"], err = docArchive(loaded, sources); err != nil {
		return err
	}
	if err := removeStale(out, files); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d packages\n", len(loaded))
	return nil
}

// list reads one word a line; # begins a comment.
func list(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			words = append(words, line)
		}
	}
	return words, nil
}

// load reads the types of the packages from the compiler's export data. A package of this
// module that does not exist yet is left out and named.
func load(dir string, paths []string) ([]*packages.Package, error) {
	cfg := &packages.Config{
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedExportFile |
			packages.NeedFiles,
		Dir: dir,
		Env: append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"),
	}
	all, err := packages.Load(cfg, paths...)
	if err != nil {
		return nil, err
	}
	byPath := map[string]*packages.Package{}
	for _, p := range all {
		byPath[p.PkgPath] = p
	}
	var loaded []*packages.Package
	for _, path := range paths {
		p := byPath[path]
		switch {
		case p == nil || p.Types == nil || len(p.Errors) > 0:
			if !strings.HasPrefix(path, "cliplab/") {
				return nil, fmt.Errorf("package %s: %v", path, p)
			}
			log.Printf("gen: left out, does not build: %s", path)
		default:
			loaded = append(loaded, p)
		}
	}
	return loaded, nil
}

// removeStale deletes generated files that are no longer made.
func removeStale(out string, files map[string][]byte) error {
	old, err := filepath.Glob(filepath.Join(out, "z*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, ok := files[filepath.Base(path)]; !ok {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}
