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

	"cliplab/datasets/sheet"
)

const (
	side    = sheet.Side
	perFile = 256 // pictures of a sheet of package emoji
	flags   = 9   // emojibase group that is left out: flags are not worth a caption
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
	whole := blank(len(part))
	for i, c := range part {
		picture, err := imaging.Open(files[key(c.Hexcode)])
		if err != nil {
			return err
		}
		lay(whole, i, picture)
	}
	return cwebp(path, whole, "-lossless", "-z", "9")
}

// blank is a sheet with room for n pictures.
func blank(n int) *image.NRGBA {
	rows := (n + sheet.Columns - 1) / sheet.Columns
	return image.NewNRGBA(image.Rect(0, 0, sheet.Columns*side, rows*side))
}

// lay puts the i-th picture on a sheet, fitted into its cell.
func lay(whole *image.NRGBA, i int, picture image.Image) {
	if b := picture.Bounds(); b.Dx() != side || b.Dy() != side {
		picture = imaging.Fit(picture, side, side, imaging.CatmullRom)
		picture = imaging.PasteCenter(image.NewNRGBA(image.Rect(0, 0, side, side)), picture)
	}
	draw.Draw(sheet.Cell(whole, i), image.Rect(0, 0, side, side), picture, picture.Bounds().Min,
		draw.Src)
}

// cwebp packs a sheet.
func cwebp(path string, picture image.Image, options ...string) error {
	var buf bytes.Buffer
	if err := png.Encode(&buf, picture); err != nil {
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
