package pixels

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"

	_ "image/gif"  // reads GIF, its first frame
	_ "image/jpeg" // reads JPEG
	_ "image/png"  // reads PNG

	_ "golang.org/x/image/webp" // reads WebP, still pictures
)

// MaxPixels is the size above which Decode refuses a picture, and to which Resize goes: 64
// megapixels, which take 256 MB while they are prepared.
const MaxPixels = 64_000_000

// Decode reads a picture in PNG, JPEG, GIF (its first frame) or WebP. A JPEG is turned as its
// EXIF orientation says; openai/CLIP leaves it as the sensor lay.
//
// It returns an error for bytes that are no picture, for one that is cut off or damaged, and,
// before anything is decoded, for one of more than MaxPixels.
func Decode(r io.Reader) (image.Image, error) {
	var head bytes.Buffer // what DecodeConfig has read
	config, format, err := image.DecodeConfig(io.TeeReader(r, &head))
	if err != nil {
		return nil, decodeError(format, err, head.Bytes())
	}
	w, h := config.Width, config.Height
	if w < 1 || h < 1 {
		return nil, fmt.Errorf("pixels: %s of %d×%d pixels is empty", format, w, h)
	}
	if w > MaxPixels/h {
		return nil, fmt.Errorf("pixels: %s of %d×%d is %.0f megapixels, the limit is %d; "+
			"shrink it first",
			format, w, h, float64(w)*float64(h)/1e6, MaxPixels/1_000_000)
	}
	orientation := 1
	if format == "jpeg" {
		orientation = exifOrientation(head.Bytes())
	}
	img, _, err := image.Decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, decodeError(fmt.Sprintf("%s of %d×%d", format, w, h), err, nil)
	}
	return orient(whole(img, w, h), orientation), nil
}

// decodeError says what is wrong with a picture. name is its format, "" when no format fits its
// first bytes.
func decodeError(name string, err error, head []byte) error {
	switch {
	case len(head) == 0 && name == "" && errors.Is(err, image.ErrFormat):
		return errors.New("pixels: not a picture: no bytes")
	case errors.Is(err, image.ErrFormat):
		return fmt.Errorf("pixels: not a picture: first bytes %q", head[:min(16, len(head))])
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("pixels: %s is cut off: %w", name, err)
	case name == "":
		return fmt.Errorf("pixels: picture cannot be read: %w", err)
	}
	// The decoders name the first thing that is missing, so the two look alike.
	return fmt.Errorf("pixels: %s is cut off, damaged or unusual: %w", name, err)
}

// whole lays a GIF's frame that covers only a part of its canvas on the whole canvas.
func whole(img image.Image, w, h int) image.Image {
	canvas := image.Rect(0, 0, w, h)
	if img.Bounds() == canvas {
		return img
	}
	dst := image.NewNRGBA(canvas)
	draw.Draw(dst, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return dst
}
