package sheet

import (
	"fmt"
	"image"
	"image/draw"
	"io/fs"

	"github.com/disintegration/imaging"
	"golang.org/x/image/webp"
)

const (
	Side    = 64 // pixels of a picture, each way
	Columns = 16 // pictures in a row
)

// Decode reads a sheet, a WebP file. The data is compiled in and tested, so that one that does not
// decode is a fault of the build, and panics.
func Decode(files fs.FS, name string) *image.NRGBA {
	f, err := files.Open(name)
	if err != nil {
		panic(fmt.Sprintf("sheet: %v", err))
	}
	defer f.Close()
	img, err := webp.Decode(f)
	if err != nil {
		panic(fmt.Sprintf("sheet: %s: %v", name, err))
	}
	nrgba, ok := img.(*image.NRGBA)
	if !ok { // packed with loss
		nrgba = image.NewNRGBA(img.Bounds())
		draw.Draw(nrgba, nrgba.Rect, img, img.Bounds().Min, draw.Src)
	}
	return nrgba
}

// Cell is the n-th picture, a window on the sheet without a copy.
func Cell(sheet *image.NRGBA, n int) *image.NRGBA {
	first := n/Columns*Side*sheet.Stride + n%Columns*Side*4
	last := first + (Side-1)*sheet.Stride + Side*4
	return &image.NRGBA{Pix: sheet.Pix[first:last:last], Stride: sheet.Stride,
		Rect: image.Rect(0, 0, Side, Side)}
}

// Trim cuts off what is transparent all around.
func Trim(picture *image.NRGBA) *image.NRGBA {
	var box image.Rectangle
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			if picture.Pix[y*picture.Stride+4*x+3] > 8 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return imaging.Crop(picture, box)
}
