package main

import (
	"image"
	"os"

	"cliplab/lab/pixels"
)

// picture asks for a file, preprocessed but not normalised.
type picture struct {
	Path             string
	Size, Short      int
	Filter           string
	Fit, Crop, Alpha int
	Passes           int
}

// square is the answer: rows of R, G, B, 0..255.
type square struct {
	Width, Height int    // of the decoded picture
	RGB           []byte // [size · size · 3]
}

func (p picture) answer() (any, error) {
	f, err := os.Open(p.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := pixels.Decode(f)
	if err != nil {
		return nil, err
	}
	o := pixels.CLIP
	o.Size, o.Short = p.Size, p.Short
	o.Fit, o.Crop, o.Alpha = pixels.Fit(p.Fit), pixels.Crop(p.Crop), pixels.Alpha(p.Alpha)
	o.Passes = pixels.Passes(p.Passes)
	if o.Filter, err = pixels.ParseFilter(p.Filter); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	b := img.Bounds()
	return square{Width: b.Dx(), Height: b.Dy(), RGB: rgb(o.Picture(img))}, nil
}

// rgb drops every fourth byte.
func rgb(img *image.RGBA) []byte {
	out := make([]byte, 0, len(img.Pix)/4*3)
	for i := 0; i < len(img.Pix); i += 4 {
		out = append(out, img.Pix[i:i+3]...)
	}
	return out
}
