package viz

import (
	"fmt"
	"image"
	"math"

	"golang.org/x/image/draw"
)

// fit is the largest box of the picture's shape inside r, centred. An empty picture keeps r.
func fit(img image.Image, r rect) rect {
	if img == nil || img.Bounds().Empty() {
		return r
	}
	w, h := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	k := math.Min(r.w/w, r.h/h)
	return rect{r.x + (r.w-k*w)/2, r.y + (r.h-k*h)/2, k * w, k * h}
}

// picture draws an image into a box, keeping its shape, on white with a thin frame. Pictures
// are resampled to device pixels; tiny ones, such as what a small model sees, are enlarged as
// the pixels they are. A nil or empty picture leaves a grey box that says so.
func (c *canvas) picture(img image.Image, r rect) {
	if img == nil || img.Bounds().Empty() {
		c.missing(r)
		return
	}
	r = fit(img, r)
	d := device(r)
	if d.Dx() < 1 || d.Dy() < 1 {
		return
	}
	var how draw.Interpolator = draw.CatmullRom
	if tiny := img.Bounds().Dx(); tiny <= 64 && d.Dx() >= 3*tiny {
		how = draw.NearestNeighbor
	}
	c.fill(r, white)
	how.Scale(c.img, d, img, img.Bounds(), draw.Over, nil)
	if r.w >= 28 {
		c.frame(r, 0.5, hairline)
	}
}

// missing marks where a picture should be.
func (c *canvas) missing(r rect) {
	c.fill(r, panel)
	c.frame(r, 0.5, hairline)
	s := style{size: sizeSmall, color: muted}
	for _, note := range []string{"no picture", "none", "–"} {
		if s.width(note) <= r.w-4 {
			c.text(s, r.x+r.w/2, r.y+r.h/2, center, note)
			return
		}
	}
}

// dims writes the size of a picture.
func dims(img image.Image) string {
	if img == nil {
		return "no picture"
	}
	return fmt.Sprintf("%d × %d", img.Bounds().Dx(), img.Bounds().Dy())
}
