package main

import (
	"fmt"
	"image"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/runenames"
)

// icons is a set of vector pictures as iconify's packages hold it.
type icons struct {
	Width, Height float64
	Icons         map[string]struct {
		Body                     string
		Left, Top, Width, Height float64
	}
	Aliases map[string]struct{ Parent string }
}

// iconify finds the concepts in a set: by its table of code points, or else by name, each name
// for one concept only.
func iconify(pkg string, ids []string, names map[string][]string) (
	map[string]func() (image.Image, error), error) {
	var set icons
	if err := readJSON(filepath.Join(pkg, "icons.json"), &set); err != nil {
		return nil, err
	}
	var chars map[string]string
	if err := readJSON(filepath.Join(pkg, "chars.json"), &chars); err != nil {
		return nil, err
	}
	if set.Width == 0 {
		set.Width, set.Height = 16, 16 // iconify's default
	}
	if set.Height == 0 {
		set.Height = set.Width
	}
	nameOf := map[string]string{}
	for _, code := range slices.Sorted(maps.Keys(chars)) {
		if _, known := nameOf[key(code)]; !known {
			nameOf[key(code)] = chars[code]
		}
	}
	if len(chars) == 0 {
		nameOf = set.byName(ids, names)
	}
	drawn := map[string]func() (image.Image, error){}
	for id, name := range nameOf {
		for set.Aliases[name].Parent != "" {
			name = set.Aliases[name].Parent
		}
		if svg := set.svg(name); svg != "" {
			drawn[id] = func() (image.Image, error) { return render([]byte(svg)) }
		}
	}
	return drawn, nil
}

// byName looks for each concept under all its names, the most usual first.
func (s icons) byName(ids []string, names map[string][]string) map[string]string {
	have := map[string]string{}
	sorted := slices.Sorted(maps.Keys(s.Icons))
	for _, name := range append(sorted, slices.Sorted(maps.Keys(s.Aliases))...) {
		if _, known := have[squash(name)]; !known {
			have[squash(name)] = name
		}
	}
	found, used := map[string]string{}, map[string]bool{}
	for _, id := range ids {
		for _, name := range names[id] {
			if icon, ok := have[name]; ok && !used[icon] {
				found[id], used[icon] = icon, true
				break
			}
		}
	}
	return found
}

// svg is a picture as a file, or "" for a name that is not there.
func (s icons) svg(name string) string {
	icon, ok := s.Icons[name]
	if !ok {
		return ""
	}
	width, height := icon.Width, icon.Height
	if width == 0 {
		width = s.Width
	}
	if height == 0 {
		height = s.Height
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" `+
		`xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64" `+
		`viewBox="%v %v %v %v">%s</svg>`, icon.Left, icon.Top, width, height,
		strings.ReplaceAll(icon.Body, "currentColor", "#000"))
}

// squash makes names alike: letters and digits, lower case.
func squash(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// readNames collects what each concept is called: in iconify's sets with code points, by
// emojibase, by its short codes, and by Unicode.
func readNames(src string, ids []string) (map[string][]string, error) {
	names := map[string][]string{}
	add := func(code, name string) { names[key(code)] = append(names[key(code)], squash(name)) }
	for _, set := range []string{"noto", "twemoji", "fluent-emoji-flat", "openmoji-icons"} {
		var chars map[string]string
		if err := readJSON(filepath.Join(src, set, "package/chars.json"), &chars); err != nil {
			return nil, err
		}
		for _, code := range slices.Sorted(maps.Keys(chars)) {
			add(code, chars[code])
		}
	}
	base := filepath.Join(src, "emojibase/package/en")
	var concepts []concept
	if err := readJSON(filepath.Join(base, "data.json"), &concepts); err != nil {
		return nil, err
	}
	for _, c := range concepts {
		add(c.Hexcode, c.Label)
	}
	if err := addShortCodes(filepath.Join(base, "shortcodes"), add); err != nil {
		return nil, err
	}
	for _, id := range ids {
		if r, err := strconv.ParseInt(id, 16, 32); err == nil { // one code point
			add(id, runenames.Name(rune(r)))
		}
	}
	return names, nil
}

func addShortCodes(folder string, add func(code, name string)) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".json" {
			continue
		}
		var codes map[string]any
		if err := readJSON(filepath.Join(folder, e.Name()), &codes); err != nil {
			return err
		}
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			switch names := codes[code].(type) {
			case string:
				add(code, names)
			case []any:
				for _, name := range names {
					add(code, fmt.Sprint(name))
				}
			}
		}
	}
	return nil
}
