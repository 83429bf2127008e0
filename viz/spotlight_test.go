package viz

import (
	"image"
	"image/color"
	"testing"
)

// TestSpotlight: full light where the weight is largest, a dim gray where it is zero, nothing
// lighter than the picture, and transparency on white.
func TestSpotlight(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(5, 5, 45, 25))
	for y := 5; y < 25; y++ {
		for x := 5; x < 45; x++ {
			picture.Set(x, y, color.NRGBA{200, 100, 40, 255})
		}
	}
	picture.Set(5, 5, color.NRGBA{})
	at := func(img image.Image, x, y int) color.RGBA {
		return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
	}
	img := Spotlight(picture, Table([]float64{0, 0.2, 0.4}))
	if img.Bounds() != image.Rect(0, 0, 40, 20) {
		t.Errorf("bounds %v", img.Bounds())
	}
	if got := at(img, 39, 10); got != (color.RGBA{200, 100, 40, 255}) {
		t.Errorf("in full light %v", got)
	}
	dark := at(img, 1, 10)
	if dark.R != dark.G || dark.G != dark.B || dark.R != 27 { // 0.22 of the gray 123
		t.Errorf("in the dark %v", dark)
	}
	if got := at(img, 0, 0); got != (color.RGBA{56, 56, 56, 255}) { // 0.22 of white
		t.Errorf("transparent, in the dark: %v", got)
	}
	for x := 1; x < 40; x++ {
		if at(img, x, 10).R < at(img, x-1, 10).R {
			t.Errorf("it gets darker at %d", x)
		}
	}
	if got := at(Spotlight(picture, Table([]float64{0})), 9, 9); got != dark {
		t.Errorf("without any weight %v", got)
	}
}
