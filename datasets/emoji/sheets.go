package emoji

import (
	"embed"
	"fmt"
	"image"
	"image/draw"
	"sync"

	"golang.org/x/image/webp"
)

// Side is the width and height of a picture in pixels.
const Side = 64

const (
	columns = 16 // pictures in a row of a sheet
	perFile = columns * columns
)

//go:embed data
var files embed.FS

// sheet is a page of pictures, decoded when first asked for.
type sheet struct {
	once  sync.Once
	image *image.NRGBA
}

var (
	sheetsMu sync.Mutex
	sheets   = map[string]*sheet{}
)

// picture is the n-th picture of an artist. The data is compiled in and tested, so a sheet
// that does not decode is a fault of the build.
func picture(artist string, n int) *image.NRGBA {
	name := fmt.Sprintf("data/%s-%d.webp", artist, n/perFile)
	sheetsMu.Lock()
	s := sheets[name]
	if s == nil {
		s = &sheet{}
		sheets[name] = s
	}
	sheetsMu.Unlock()
	s.once.Do(func() { s.image = decode(name) })
	n %= perFile
	out := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	draw.Draw(out, out.Rect, s.image, image.Pt(n%columns*Side, n/columns*Side), draw.Src)
	return out
}

func decode(name string) *image.NRGBA {
	f, err := files.Open(name)
	if err != nil {
		panic(fmt.Sprintf("emoji: %v", err))
	}
	defer f.Close()
	img, err := webp.Decode(f)
	if err != nil {
		panic(fmt.Sprintf("emoji: %s: %v", name, err))
	}
	nrgba, ok := img.(*image.NRGBA)
	if !ok {
		nrgba = image.NewNRGBA(img.Bounds())
		draw.Draw(nrgba, nrgba.Rect, img, img.Bounds().Min, draw.Src)
	}
	return nrgba
}
