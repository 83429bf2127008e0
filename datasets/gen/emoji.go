package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"github.com/disintegration/imaging"
)

const (
	side    = 64 // pixels of one picture
	columns = 16 // pictures in a row of a sheet
	perFile = columns * columns
	flags   = 9 // emojibase group that is left out: flags are not worth a caption
)

// concept is one meaning that all three artists have drawn.
type concept struct {
	Hexcode  string   `json:"hexcode"`
	Emoji    string   `json:"emoji"`
	Label    string   `json:"label"`
	Tags     []string `json:"tags"`
	Group    *int     `json:"group"`
	Subgroup int      `json:"subgroup"`
	Order    int      `json:"order"`
}

// named is a group or subgroup of emojibase; concepts refer to it by its order.
type named struct {
	Key   string
	Order int
}

// artists in the order of the table; folder below -src.
var artists = []struct{ name, folder string }{
	{"noto", "google/package/img/google/64"},
	{"fluent", "misskey/package/built/fluent-emoji"},
	{"twemoji", "twitter/package/img/twitter/64"},
}

// packEmoji joins the concepts that all artists drew and writes their table and, unless the
// table alone is wanted, their sheets.
func packEmoji(src, out string, sheets bool) error {
	concepts, groups, err := readConcepts(filepath.Join(src, "emojibase/package/en"))
	if err != nil {
		return err
	}
	pictures := map[string]map[string]string{}
	for _, a := range artists {
		if pictures[a.name], err = index(filepath.Join(src, a.folder)); err != nil {
			return err
		}
	}
	var kept []concept
	for _, c := range concepts {
		all := true
		for _, a := range artists {
			all = all && pictures[a.name][key(c.Hexcode)] != ""
		}
		if all {
			kept = append(kept, c)
		}
	}
	if err := writeTable(filepath.Join(out, "concepts.tsv"), kept, groups); err != nil {
		return err
	}
	for _, a := range artists {
		for first := 0; sheets && first < len(kept); first += perFile {
			part := kept[first:min(first+perFile, len(kept))]
			name := fmt.Sprintf("%s-%d.webp", a.name, first/perFile)
			if err := writeSheet(filepath.Join(out, name), part, pictures[a.name]); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%d concepts, %d pictures\n", len(kept), len(kept)*len(artists))
	return nil
}

// key makes the code points of all packages alike: lower case, without fe0f and leading zeros.
func key(hexcode string) string {
	var parts []string
	for _, p := range strings.FieldsFunc(strings.ToLower(hexcode), isJoin) {
		if p = strings.TrimLeft(p, "0"); p != "fe0f" && p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "-")
}

func isJoin(r rune) bool { return r == '-' || r == '_' }

func index(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	byKey := map[string]string{}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".png"); ok {
			byKey[key(name)] = filepath.Join(folder, e.Name())
		}
	}
	return byKey, nil
}

func readConcepts(folder string) ([]concept, map[string][]string, error) {
	var concepts []concept
	if err := readJSON(filepath.Join(folder, "data.json"), &concepts); err != nil {
		return nil, nil, err
	}
	var messages struct{ Groups, Subgroups []named }
	if err := readJSON(filepath.Join(folder, "messages.json"), &messages); err != nil {
		return nil, nil, err
	}
	names := map[string][]string{}
	kinds := map[string][]named{"group": messages.Groups, "subgroup": messages.Subgroups}
	for kind, list := range kinds {
		names[kind] = make([]string, len(list))
		for _, g := range list {
			names[kind][g.Order] = g.Key
		}
	}
	sort.SliceStable(concepts, func(i, j int) bool { return concepts[i].Order < concepts[j].Order })
	var kept []concept
	for _, c := range concepts {
		if c.Group != nil && *c.Group != flags {
			kept = append(kept, c)
		}
	}
	return kept, names, nil
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func writeTable(path string, concepts []concept, names map[string][]string) error {
	var b strings.Builder
	b.WriteString("hexcode\temoji\tlabel\ttags\tgroup\tsubgroup\n")
	for _, c := range concepts {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\t%s\t%s\n", key(c.Hexcode), c.Emoji, c.Label,
			strings.Join(c.Tags, ", "), names["group"][*c.Group], names["subgroup"][c.Subgroup])
	}
	straight := strings.ReplaceAll(b.String(), "’", "'") // as people type it
	return os.WriteFile(path, []byte(straight), 0o644)
}

// writeSheet puts 16 × 16 pictures on one sheet and packs it with cwebp, without loss.
func writeSheet(path string, part []concept, files map[string]string) error {
	rows := (len(part) + columns - 1) / columns
	sheet := image.NewNRGBA(image.Rect(0, 0, columns*side, rows*side))
	for i, c := range part {
		picture, err := imaging.Open(files[key(c.Hexcode)])
		if err != nil {
			return err
		}
		if b := picture.Bounds(); b.Dx() != side || b.Dy() != side {
			picture = imaging.Fit(picture, side, side, imaging.CatmullRom)
			picture = imaging.PasteCenter(image.NewNRGBA(image.Rect(0, 0, side, side)), picture)
		}
		at := image.Pt(i%columns*side, i/columns*side)
		draw.Draw(sheet, image.Rectangle{at, at.Add(image.Pt(side, side))}, picture,
			picture.Bounds().Min, draw.Src)
	}
	return cwebp(path, sheet, "-lossless", "-z", "9")
}

// cwebp packs a sheet.
func cwebp(path string, sheet image.Image, options ...string) error {
	var buf bytes.Buffer
	if err := png.Encode(&buf, sheet); err != nil {
		return err
	}
	arguments := append([]string{"-quiet", "-o", path}, options...)
	c := exec.Command("cwebp", append(arguments, "--", "-")...)
	c.Stdin = &buf
	if message, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("cwebp: %w: %s", err, message)
	}
	return nil
}
