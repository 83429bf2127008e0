package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/disintegration/imaging"
	_ "golang.org/x/image/webp" // fluent-3d comes in it
)

// redrawn lists the artists of package redrawn in the order of their table: those of iconify's
// packages are vectors with names, the others files with code points.
var redrawn = []struct {
	name, folder string
	iconify      bool
	wrong        string // concepts that its names are mistaken about, seen by eye
}{
	{"openmoji", "openmoji/package/color/svg", false, ""},
	{"fluent-flat", "fluent-emoji-flat", true, ""},
	{"fluent-3d", "fluent3d/package/assets", false, ""},
	{"noto-2015", "noto-v1", true, "1f635 1f413 1f997"},
	{"emojione", "emojione", true, "1f635 1f413"},
	{"fxemoji", "fxemoji", true, "1f635 1f44b 1f647 1f621 1f413"},
	{"streamline", "streamline-emojis", true, "1f635 1f413 1f5fe"},
}

// packRedrawn writes the sheets of all further artists, and the table of who drew what.
func packRedrawn(src, out string) error {
	table, err := rows(filepath.Join(out, "../../emoji/data/concepts.tsv"))
	if err != nil {
		return err
	}
	var ids []string
	for _, row := range table {
		ids = append(ids, row[0])
	}
	names, err := readNames(src, ids)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("artist\tconcepts\n")
	for _, a := range redrawn {
		var drawn map[string]func() (image.Image, error)
		if a.iconify {
			drawn, err = iconify(filepath.Join(src, a.folder, "package"), ids, names)
		} else {
			drawn, err = folder(filepath.Join(src, a.folder))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		wrong := strings.Fields(a.wrong)
		kept := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			return drawn[id] == nil || slices.Contains(wrong, id)
		})
		fmt.Printf("%s: %d of %d concepts\n", a.name, len(kept), len(ids))
		fmt.Fprintf(&b, "%s\t%s\n", a.name, strings.Join(kept, " "))
		if err := redraw(filepath.Join(out, a.name+".webp"), kept, drawn); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return os.WriteFile(filepath.Join(out, "artists.tsv"), []byte(b.String()), 0o644)
}

// folder opens files that are called by code points: vectors, or pictures of any size.
func folder(path string) (map[string]func() (image.Image, error), error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	drawn := map[string]func() (image.Image, error){}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		file := filepath.Join(path, e.Name())
		open := func() (image.Image, error) { return imaging.Open(file) }
		if ext == ".svg" {
			open = func() (image.Image, error) {
				text, err := os.ReadFile(file)
				if err != nil {
					return nil, err
				}
				return render(text)
			}
		}
		drawn[key(strings.TrimSuffix(e.Name(), ext))] = open
	}
	return drawn, nil
}

// render draws a vector picture with librsvg.
func render(svg []byte) (image.Image, error) {
	size := fmt.Sprint(side)
	c := exec.Command("rsvg-convert", "-w", size, "-h", size)
	var out, message bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(svg), &out, &message
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("rsvg-convert: %w: %s", err, message.Bytes())
	}
	return png.Decode(&out)
}

// redraw lays an artist's pictures on one sheet and packs it with loss: it is for training.
func redraw(path string, ids []string, drawn map[string]func() (image.Image, error)) error {
	whole := blank(len(ids))
	failed := make([]error, len(ids))
	work := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range work {
				picture, err := drawn[ids[i]]()
				if failed[i] = err; err != nil {
					continue
				}
				lay(whole, i, picture)
			}
		})
	}
	for i := range ids {
		work <- i
	}
	close(work)
	wg.Wait()
	for i, err := range failed {
		if err != nil {
			return fmt.Errorf("%s: %w", ids[i], err)
		}
	}
	return cwebp(path, whole, "-q", "80", "-m", "6")
}
