package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	src := flag.String("src", "", "folder with the unpacked packages, see gen/README.md")
	out := flag.String("out", "datasets", "folder of the datasets package")
	only := flag.String("only", "emoji,redrawn,unseen,hats,photos,collage",
		"which data to pack, by comma")
	sheets := flag.Bool("sheets", true, "with emoji: write the sheets too, not only the table")
	flag.Parse()
	for part := range strings.SplitSeq(*only, ",") {
		if err := pack(part, *src, filepath.Join(*out, part, "data"), *sheets); err != nil {
			log.Fatal(err)
		}
	}
}

// pack writes one package's data and its checksums. Tables written by hand stay as they are.
func pack(part, src, out string, sheets bool) error {
	packers := map[string]func(src, out string) error{
		"emoji":   func(src, out string) error { return packEmoji(src, out, sheets) },
		"redrawn": packRedrawn,
		"unseen":  packUnseen,
		"hats":    packHats,
		"photos":  packPhotos,
		"collage": func(_, _ string) error { return nil }, // a table alone
	}
	packer := packers[part]
	if packer == nil {
		return fmt.Errorf("-only %q is not among emoji, redrawn, unseen, hats, photos, collage", part)
	}
	if src == "" && part != "collage" {
		return fmt.Errorf("-src is missing; gen/README.md says how to fill it")
	}
	if err := packer(src, out); err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	return writeSums(out)
}

// rows reads a table written by hand, without its heading.
func rows(path string) ([][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var table [][]string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		table = append(table, strings.Split(line, "\t"))
	}
	return table, nil
}

func writeSums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range entries {
		if e.IsDir() || e.Name() == "SHA256SUMS" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(b.String()), 0o644)
}
