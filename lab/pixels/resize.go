package pixels

import (
	"fmt"
	"image"
)

// Resize gives a picture of w×h pixels, opaque, by Pillow's antialiased bicubic filter. The
// bytes are those of Pillow's Image.resize((w, h), BICUBIC) on the same RGB picture.
// Transparent pictures are laid on white first.
func Resize(img image.Image, w, h int) *image.RGBA {
	if w < 1 || h < 1 || w > MaxPixels/h {
		panic(fmt.Sprintf("pixels: cannot resize to %d×%d, the limit is %d megapixels",
			w, h, MaxPixels/1_000_000))
	}
	return Bicubic.resample(flatten(img), w, h, image.Rect(0, 0, w, h), CLIP.Passes)
}

// ResizeShort gives the picture with its short side of size pixels and the other side in
// proportion, fractions dropped: int(size · long / short), as torchvision's Resize.
func ResizeShort(img image.Image, size int) *image.RGBA {
	w, h := shortSize(img.Bounds(), size)
	return Resize(img, w, h)
}

// shortSize is the size to which ResizeShort brings a picture.
func shortSize(b image.Rectangle, size int) (w, h int) {
	if b.Empty() || size < 1 {
		panic(fmt.Sprintf("pixels: cannot resize a picture of %d×%d to a short side of %d",
			b.Dx(), b.Dy(), size))
	}
	if b.Dx() <= b.Dy() {
		return size, size * b.Dy() / b.Dx()
	}
	return size * b.Dx() / b.Dy(), size
}

// CenterCrop gives the middle square of size pixels, as torchvision's CenterCrop: an odd margin
// is halved with banker's rounding, and a picture that is smaller is set on black. (Options
// have Hugging Face's crop too, which can lie one pixel higher or further left.)
func CenterCrop(img image.Image, size int) *image.RGBA {
	b := img.Bounds()
	if size < 1 || size > MaxPixels/size {
		panic(fmt.Sprintf("pixels: cannot crop to %d×%d, the limit is %d megapixels",
			size, size, MaxPixels/1_000_000))
	}
	at := image.Pt(CropEven.margin(b.Dx(), size), CropEven.margin(b.Dy(), size))
	return onBlack(flatten(img), image.Rectangle{Min: at, Max: at.Add(image.Pt(size, size))})
}
