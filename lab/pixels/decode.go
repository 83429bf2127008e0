package pixels

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"

	_ "image/gif" // reads GIF, its first frame
	_ "image/png" // reads PNG

	_ "golang.org/x/image/bmp"  // reads BMP
	_ "golang.org/x/image/tiff" // reads TIFF, its first page
	_ "golang.org/x/image/webp" // reads WebP, still pictures

	"cliplab/lab/pixels/jpeg"
)

// MaxPixels is the size above which Decode refuses a picture, and to which Resize goes: 64
// megapixels, which take 256 MB while they are prepared.
const MaxPixels = 64_000_000

// maxBytes is how much of a file Decode reads, far above what MaxPixels pixels take.
const maxBytes = 1 << 30

// Decode reads a picture in JPEG, PNG, GIF (its first frame), WebP (still), BMP or TIFF (its
// first page). A JPEG is turned as its EXIF orientation says; DecodeStored leaves it. Its bytes
// are libjpeg-turbo's, and so Pillow's; see package jpeg.
//
// It returns an error for bytes that are no picture, for one that is cut off or damaged, and,
// before anything is decoded, for one of more than MaxPixels.
func Decode(r io.Reader) (image.Image, error) { return decode(r, true) }

// DecodeStored reads a picture as Decode does, but leaves a JPEG as the sensor lay, whatever its
// EXIF orientation says: as openai/CLIP does.
func DecodeStored(r io.Reader) (image.Image, error) { return decode(r, false) }

// decode reads a picture and turns it upright if wanted.
func decode(r io.Reader, upright bool) (image.Image, error) {
	in := bufio.NewReader(io.LimitReader(r, maxBytes))
	if magic, _ := in.Peek(len(jpegMagic)); string(magic) == jpegMagic {
		return decodeJPEG(in, upright)
	}
	var head bytes.Buffer // what DecodeConfig has read
	config, format, err := image.DecodeConfig(io.TeeReader(in, &head))
	if err != nil {
		return nil, decodeError(format, err, head.Bytes())
	}
	if err := checkSize(format, config.Width, config.Height); err != nil {
		return nil, err
	}
	const bilevel = "\x01\x00" // of a PNG's header: one bit of gray
	isBilevel := format == "png" && string(head.Bytes()[24:26]) == bilevel
	img, _, err := image.Decode(io.MultiReader(&head, in))
	if err != nil {
		name := fmt.Sprintf("%s of %d×%d", format, config.Width, config.Height)
		return nil, decodeError(name, err, nil)
	}
	if format == "gif" {
		return asPillow(whole(img, config.Width, config.Height), format, isBilevel), nil
	}
	return asPillow(img, format, isBilevel), nil
}

const jpegMagic = "\xff\xd8\xff"

// decodeJPEG is decode for a JPEG.
func decodeJPEG(r io.Reader, upright bool) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, decodeError("jpeg", err, nil)
	}
	w, h, err := jpeg.Size(data)
	if err != nil {
		return nil, decodeError("jpeg", err, nil)
	}
	if err := checkSize("jpeg", w, h); err != nil {
		return nil, err
	}
	img, err := jpeg.Decode(data)
	if err != nil {
		return nil, decodeError(fmt.Sprintf("jpeg of %d×%d", w, h), err, nil)
	}
	if upright {
		img = orient(img, exifOrientation(data))
	}
	return img, nil
}

// checkSize refuses pictures without pixels or with more than MaxPixels.
func checkSize(format string, w, h int) error {
	if w < 1 || h < 1 {
		return fmt.Errorf("pixels: %s of %d×%d pixels is empty", format, w, h)
	}
	if w > MaxPixels/h {
		return fmt.Errorf("pixels: %s of %d×%d is %.0f megapixels, the limit is %d; "+
			"shrink it first",
			format, w, h, float64(w)*float64(h)/1e6, MaxPixels/1_000_000)
	}
	return nil
}

// asPillow brings a picture into the mode that Pillow gives it, which matters to DropLast: it
// resizes gray smoothly and palettes by the nearest pixel.
func asPillow(img image.Image, format string, bilevel bool) image.Image {
	switch m := img.(type) {
	case *image.YCbCr, *image.NYCbCrA:
		if format == "webp" {
			return webpColors(m)
		}
	case *image.Gray:
		if bilevel {
			two := image.NewPaletted(m.Rect, color.Palette{color.Gray{}, color.Gray{Y: 255}})
			for i, v := range m.Pix {
				two.Pix[i] = v & 1
			}
			return two
		}
	case *image.Paletted:
		if isRamp(m.Palette) && (format == "gif" || format == "bmp" && len(m.Palette) > 2) {
			return &image.Gray{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
		}
	}
	return img
}

// isRamp tells whether each entry of a palette is the gray of its own number.
func isRamp(p color.Palette) bool {
	for i, c := range p {
		r, g, b, a := c.RGBA()
		if v := uint32(i) * 0x101; r != v || g != v || b != v || a != 0xFFFF {
			return false
		}
	}
	return true
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
