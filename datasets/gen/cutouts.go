package main

import (
	"fmt"
	"image"
	"image/draw"
	"path/filepath"

	"github.com/disintegration/imaging"

	"cliplab/datasets/sheet"
)

const (
	longest  = 200 // pixels of a cut-out's longer side
	shortest = 256 // pixels of a photograph's shorter side
	quality  = 90  // of a photograph's JPEG
)

// packHats trims and shrinks the cut-outs that cutouts.tsv names.
func packHats(src, out string) error {
	table, err := rows(filepath.Join(out, "cutouts.tsv"))
	if err != nil {
		return err
	}
	for _, f := range table {
		name, source := f[0], f[len(f)-1]
		picture, err := imaging.Open(filepath.Join(src, "openclipart", source+".png"))
		if err != nil {
			return err
		}
		small := imaging.Fit(sheet.Trim(imaging.Clone(picture)), longest, longest, imaging.Lanczos)
		if err := imaging.Save(small, filepath.Join(out, name+".png")); err != nil {
			return err
		}
	}
	fmt.Printf("%d cut-outs\n", len(table))
	return nil
}

// packPhotos shrinks the photographs that photos.tsv names, over white.
func packPhotos(src, out string) error {
	table, err := rows(filepath.Join(out, "photos.tsv"))
	if err != nil {
		return err
	}
	for _, f := range table {
		picture, err := imaging.Open(filepath.Join(src, "skimage", f[1]))
		if err != nil {
			return err
		}
		flat := image.NewNRGBA(picture.Bounds())
		draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(flat, flat.Rect, picture, picture.Bounds().Min, draw.Over)
		w, h := shortest, 0
		if flat.Rect.Dx() > flat.Rect.Dy() {
			w, h = 0, shortest
		}
		small := imaging.Resize(flat, w, h, imaging.Lanczos)
		path := filepath.Join(out, f[0]+".jpg")
		if err := imaging.Save(small, path, imaging.JPEGQuality(quality)); err != nil {
			return err
		}
	}
	fmt.Printf("%d photographs\n", len(table))
	return nil
}
