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

// picture draws an image into a box, keeping its shape, on white with a thin frame, resampled
// to device pixels. A nil or empty picture leaves a grey box that says so.
func (c *canvas) picture(img image.Image, r rect) { c.resample(img, r, draw.CatmullRom) }

// pixels is picture for what a model sees: a small image is enlarged as the pixels it is.
func (c *canvas) pixels(img image.Image, r rect) {
	if img != nil && r.w*density >= 3*float64(img.Bounds().Dx()) {
		c.resample(img, r, draw.NearestNeighbor)
		return
	}
	c.picture(img, r)
}

func (c *canvas) resample(img image.Image, r rect, how draw.Interpolator) {
	if img == nil || img.Bounds().Empty() {
		c.missing(r)
		return
	}
	r = fit(img, r)
	d := device(r)
	if d.Dx() < 1 || d.Dy() < 1 {
		return
	}
	c.fill(r, white)
	how.Scale(c.img, d, img, img.Bounds(), draw.Over, nil)
	if r.w >= 28 {
		c.frame(r, 0.5, hairline)
	}
}

// comfortable is the largest side at which a picture is still pleasant to look at: small
// ones are not blown up.
func comfortable(images []image.Image, most float64) float64 {
	wide := 0
	for _, img := range images {
		if img != nil {
			wide = max(wide, img.Bounds().Dx(), img.Bounds().Dy())
		}
	}
	return math.Min(most, math.Max(96, 1.9*float64(wide)))
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
