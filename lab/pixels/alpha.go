package pixels

import "image"

// prepare gives a picture as it goes into resample, the filter to use, and what to do with the
// result, nil for nothing.
//
// Source of the order of DropLast: openai/CLIP, clip/clip.py, _transform, and Pillow,
// PIL/Image.py, Image.resize.
func (o Options) prepare(img image.Image, w, h int) (
	src *image.RGBA, filter Filter, after func([]byte),
) {
	size := img.Bounds().Size()
	_, hasPalette := img.(*image.Paletted)
	switch {
	case o.Alpha == OnWhite:
		return flatten(img), o.Filter, nil
	case o.Alpha == DropLast && isCMYK(img):
		m := img.(*image.CMYK)
		inks := &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: image.Rectangle{Max: size}}
		return inks, o.Filter, func(row []byte) { cmykRow(row, row) }
	case o.Alpha == DropLast && hasPalette:
		return withAlpha(img, dropAlpha), Nearest, nil
	case o.Alpha == DropLast && o.Filter != Nearest && size != image.Pt(w, h):
		return withAlpha(img, multiply), o.Filter, straighten
	}
	return withAlpha(img, dropAlpha), o.Filter, nil
}

// isCMYK tells whether a picture is of inks, with its corner at (0, 0).
func isCMYK(img image.Image) bool {
	m, ok := img.(*image.CMYK)
	return ok && m.Rect.Min == image.Point{}
}

// onWhite lays a row of straight RGBA on white: c·α + 255·(1 − α), rounded.
func onWhite(row []byte) {
	for i := 0; i+4 <= len(row); i += 4 {
		p := row[i : i+4 : i+4]
		if a := uint32(p[3]); a != 255 {
			white := 255 * (255 - a)
			p[0] = div255(uint32(p[0])*a + white)
			p[1] = div255(uint32(p[1])*a + white)
			p[2] = div255(uint32(p[2])*a + white)
			p[3] = 255
		}
	}
}

// dropAlpha uncovers the colours of a row of straight RGBA.
func dropAlpha(row []byte) {
	for i := 3; i < len(row); i += 4 {
		row[i] = 255
	}
}

// multiply makes a row of straight RGBA one whose colours are multiplied by alpha.
func multiply(row []byte) {
	for i := 0; i+4 <= len(row); i += 4 {
		p := row[i : i+4 : i+4]
		if a := uint32(p[3]); a != 255 {
			p[0], p[1], p[2] = div255(uint32(p[0])*a), div255(uint32(p[1])*a), div255(uint32(p[2])*a)
		}
	}
}

// straighten undoes multiply as far as bytes can, as Pillow does it.
func straighten(row []byte) {
	for i := 0; i+4 <= len(row); i += 4 {
		p := row[i : i+4 : i+4]
		if a := uint32(p[3]); a != 255 && a != 0 {
			for c := range 3 {
				p[c] = byte(min(255*uint32(p[c])/a, 255))
			}
		}
	}
}

// div255 is x/255 rounded, for x up to 255².
func div255(x uint32) byte {
	x += 128
	return byte((x + x>>8) >> 8)
}
