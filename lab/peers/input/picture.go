package main

import (
	"bytes"
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
	Times            int // how often to go from the file's bytes to numbers; answers nothing
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
	if p.Times > 0 {
		return nil, p.repeat(o)
	}
	b := img.Bounds()
	return square{Width: b.Dx(), Height: b.Dy(), RGB: rgb(o.Picture(img))}, nil
}

// repeat decodes and preprocesses a file, so that its time can be taken.
func (p picture) repeat(o pixels.Options) error {
	data, err := os.ReadFile(p.Path)
	if err != nil {
		return err
	}
	dst := make([]float32, 3*o.Size*o.Size)
	for range p.Times {
		img, err := pixels.Decode(bytes.NewReader(data))
		if err != nil {
			return err
		}
		o.PreprocessInto(dst, img)
	}
	return nil
}

// rgb drops every fourth byte.
func rgb(img *image.RGBA) []byte {
	out := make([]byte, 0, len(img.Pix)/4*3)
	for i := 0; i < len(img.Pix); i += 4 {
		out = append(out, img.Pix[i:i+3]...)
	}
	return out
}
